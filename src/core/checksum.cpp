#include "facegan/core/checksum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>

namespace facegan::core {
namespace {
constexpr std::uint64_t kP1 = 0x9E3779B185EBCA87, kP2 = 0xC2B2AE3D27D4EB4F, kP3 = 0x165667B19E3779F9,
                        kP4 = 0x85EBCA77C2B2AE63, kP5 = 0x27D4EB2F165667C5;
static_assert(std::endian::native == std::endian::little, "files are little-endian");

template <class T>
T load(const unsigned char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
std::uint64_t mix(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kP2, 31) * kP1;
}
std::uint64_t merge(std::uint64_t h, std::uint64_t lane) {
  return (h ^ mix(0, lane)) * kP1 + kP4;
}
}  // namespace

Xxh64::Xxh64(std::uint64_t seed) : seed_(seed), lane_{seed + kP1 + kP2, seed + kP2, seed, seed - kP1} {}

void Xxh64::update(const void* data, std::size_t size) {
  if (size == 0) return;  // data may be null then
  const auto* p = static_cast<const unsigned char*>(data);
  total_ += size;
  auto stripe = [this](const unsigned char* s) {
    for (int i = 0; i < 4; ++i) lane_[i] = mix(lane_[i], load<std::uint64_t>(s + 8 * i));
  };
  if (buffered_ > 0) {
    const std::size_t take = std::min(size, sizeof buffer_ - buffered_);
    std::memcpy(buffer_ + buffered_, p, take);
    buffered_ += take, p += take, size -= take;
    if (buffered_ < sizeof buffer_) return;
    stripe(buffer_);
    buffered_ = 0;
  }
  for (; size >= 32; p += 32, size -= 32) stripe(p);
  if (size > 0) std::memcpy(buffer_, p, size);
  buffered_ = size;
}

std::uint64_t Xxh64::digest() const {
  std::uint64_t h;
  if (total_ >= 32) {
    h = std::rotl(lane_[0], 1) + std::rotl(lane_[1], 7) + std::rotl(lane_[2], 12) + std::rotl(lane_[3], 18);
    for (std::uint64_t lane : lane_) h = merge(h, lane);
  } else {
    h = seed_ + kP5;
  }
  h += total_;
  const unsigned char* p = buffer_;
  std::size_t size = buffered_;
  for (; size >= 8; p += 8, size -= 8) h = std::rotl(h ^ mix(0, load<std::uint64_t>(p)), 27) * kP1 + kP4;
  if (size >= 4) {
    h = std::rotl(h ^ load<std::uint32_t>(p) * kP1, 23) * kP2 + kP3;
    p += 4, size -= 4;
  }
  for (; size > 0; ++p, --size) h = std::rotl(h ^ *p * kP5, 11) * kP1;
  h = (h ^ h >> 33) * kP2;
  h = (h ^ h >> 29) * kP3;
  return h ^ h >> 32;
}

std::uint64_t xxh64(const void* data, std::size_t size, std::uint64_t seed) {
  Xxh64 hash(seed);
  hash.update(data, size);
  return hash.digest();
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
