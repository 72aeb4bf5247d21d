#pragma once
// XXH64 (Y. Collet, XXH64 digest of the xxHash specification): detects damage, not forgery.
// SHA-256 (FIPS 180-4): names bytes for good, as `sha256sum` does.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace facegan::core {

// Streaming form, for data that does not lie in one piece.
class Xxh64 {
 public:
  explicit Xxh64(std::uint64_t seed = 0);
  void update(const void* data, std::size_t size);
  std::uint64_t digest() const;

 private:
  std::uint64_t seed_, total_ = 0;
  std::uint64_t lane_[4];
  unsigned char buffer_[32];
  std::size_t buffered_ = 0;
};

std::uint64_t xxh64(const void* data, std::size_t size, std::uint64_t seed = 0);
// 16 lower-case hex digits.
std::string hex64(std::uint64_t value);

class Sha256 {
 public:
  void update(const void* data, std::size_t size);
  std::string hex();  // 64 lower-case hex digits; once, at the end

 private:
  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  unsigned char buffer_[64];
  std::size_t buffered_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace facegan::core
