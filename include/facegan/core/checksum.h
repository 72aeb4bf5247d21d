#pragma once
// XXH64 by xxHash: detects damage, not forgery. SHA-256: for files that someone has to trust.
// CRC-32C (RFC 3720, appendix B.4) for formats that ask for it.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace facegan::core {

// Streaming form, for data that does not lie in one piece.
class Xxh64 {
 public:
  explicit Xxh64(std::uint64_t seed = 0);
  ~Xxh64();
  void update(const void* data, std::size_t size);
  std::uint64_t digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::uint64_t xxh64(const void* data, std::size_t size, std::uint64_t seed = 0);
// "123456789" -> 0xE3069283.
std::uint32_t crc32c(std::string_view bytes);
// 64 lower-case hex digits.
std::string sha256(std::string_view bytes);
// 16 lower-case hex digits.
std::string hex64(std::uint64_t value);

}  // namespace facegan::core
