#include "facegan/core/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <bit>
#include <cstdio>

namespace facegan::core {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

struct Xxh64::State {
  XXH64_state_t sums;
};

Xxh64::Xxh64(std::uint64_t seed) : state_(std::make_unique<State>()) {
  XXH64_reset(&state_->sums, seed);
}

Xxh64::~Xxh64() = default;

void Xxh64::update(const void* data, std::size_t size) {
  if (size > 0) XXH64_update(&state_->sums, data, size);  // data may be null otherwise
}

std::uint64_t Xxh64::digest() const {
  return XXH64_digest(&state_->sums);
}

std::uint64_t xxh64(const void* data, std::size_t size, std::uint64_t seed) {
  return XXH64(data, size, seed);
}

std::uint32_t crc32c(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    constexpr std::uint32_t kPolynomial = 0x82F63B78;  // of Castagnoli, bits reversed
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit) made[i] = made[i] >> 1 ^ (made[i] & 1 ? kPolynomial : 0);
    }
    return made;
  }();
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

std::string hex64(std::uint64_t value) {
  char out[17];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(value));
  return out;
}

}  // namespace facegan::core
