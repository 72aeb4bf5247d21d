#pragma once
// The numbers of a zip, and what its directory says of an entry. Format: PKWARE APPNOTE 6.3.10.
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace facegan::data {

inline constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
inline constexpr std::uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
inline constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                             kLocatorBytes = 20;

inline std::uint64_t little_endian(const char* p, int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(p[i]);
  return value;
}
inline std::uint32_t u16(const char* p) {
  return static_cast<std::uint32_t>(little_endian(p, 2));
}
inline std::uint32_t u32(const char* p) {
  return static_cast<std::uint32_t>(little_endian(p, 4));
}
inline std::uint64_t u64(const char* p) {
  return little_endian(p, 8);
}

struct ZipEntry {
  std::uint64_t offset = 0, packed = 0, size = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;
  bool encrypted = false;
};

// The same in 24 bytes. Numbers that no file has, of 128 TiB and more, become the largest one.
class KeptEntry {
 public:
  explicit KeptEntry(const ZipEntry& e)
      : offset_(std::min(e.offset, kMost)),
        crc_low_(e.crc & 0xffff),
        size_(std::min(e.size, kMost)),
        encrypted_(e.encrypted),
        crc_high_(e.crc >> 16),
        packed_(std::min(e.packed, kMost)),
        method_(e.method) {}
  ZipEntry entry() const {
    return {offset_,
            packed_,
            size_,
            static_cast<std::uint32_t>(crc_high_ << 16 | crc_low_),
            static_cast<std::uint16_t>(method_),
            encrypted_ != 0};
  }
  std::uint64_t size() const { return size_; }

 private:
  static constexpr std::uint64_t kMost = (std::uint64_t{1} << 47) - 1;
  std::uint64_t offset_ : 48, crc_low_ : 16;
  std::uint64_t size_ : 47, encrypted_ : 1, crc_high_ : 16;
  std::uint64_t packed_ : 48, method_ : 16;
};
static_assert(sizeof(KeptEntry) == 24);

// Of a whole record of the directory, with its name and extra fields.
ZipEntry entry_of(const char* record);

}  // namespace facegan::data
