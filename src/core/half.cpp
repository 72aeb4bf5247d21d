#include "facegan/core/half.h"

#include <bit>
#include <cmath>

namespace facegan::core {

std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const float size = std::abs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7e00);
  if (size >= 65520) return static_cast<std::uint16_t>(sign | 0x7c00);  // rounds to 65536
  if (size < 0x1p-14f)  // a multiple of 2^-24, or the smallest normal number
    return static_cast<std::uint16_t>(sign | std::lrint(size * 0x1p24f));
  // 13 bits of the mantissa go; what is carried goes into the exponent.
  const std::uint32_t magnitude = bits & 0x7fffffff, odd = magnitude >> 13 & 1;
  return static_cast<std::uint16_t>(sign | ((magnitude + 0xfff + odd - (112u << 23)) >> 13));
}

float from_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, mantissa = half & 1023;
  if (exponent == 0)
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(static_cast<float>(mantissa) * 0x1p-24f));
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

}  // namespace facegan::core
