#include "data/zip_entry.h"

namespace facegan::data {

// The zip64 extra field holds those of size, packed, offset that did not fit, in this order.
static void apply_zip64(ZipEntry& entry, const char* extra, std::size_t extra_size) {
  for (std::size_t p = 0; p + 4 <= extra_size;) {
    const std::size_t field = u16(extra + p + 2);
    if (field > extra_size - p - 4) return;
    if (u16(extra + p) == 1) {
      std::size_t q = p + 4;
      for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.offset})
        if (*value == 0xffffffff && q + 8 <= p + 4 + field) *value = u64(extra + q), q += 8;
      return;
    }
    p += 4 + field;
  }
}

ZipEntry entry_of(const char* record) {
  ZipEntry entry;
  entry.encrypted = u16(record + 8) & 1;
  entry.method = static_cast<std::uint16_t>(u16(record + 10));
  entry.crc = u32(record + 16);
  entry.packed = u32(record + 20);
  entry.size = u32(record + 24);
  entry.offset = u32(record + 42);
  const std::size_t name_size = u16(record + 28), extra_size = u16(record + 30);
  apply_zip64(entry, record + kCentralBytes + name_size, extra_size);
  return entry;
}

}  // namespace facegan::data
