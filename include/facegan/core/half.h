#pragma once
#include <cstdint>

namespace facegan::core {

// IEEE 754 binary16, rounded to nearest, ties to even; what is too large becomes infinite.
std::uint16_t to_half(float value);
float from_half(std::uint16_t half);

}  // namespace facegan::core
