#pragma once
// Bytes packed by a filter of libarchive.
#include <archive.h>
#include <archive_entry.h>

#include <string>

namespace packed_bytes {

// By libarchive; "" when it cannot without another program.
inline std::string packed(const std::string& bytes, int filter) {
  std::string out(bytes.size() + (1 << 16), '\0');
  std::size_t used = 0;
  archive* to = ::archive_write_new();
  ::archive_write_set_format_raw(to);
  ::archive_write_set_bytes_per_block(to, 0);
  if (::archive_write_add_filter(to, filter) != ARCHIVE_OK) {
    ::archive_write_free(to);
    return "";
  }
  ::archive_write_open_memory(to, out.data(), out.size(), &used);
  archive_entry* entry = ::archive_entry_new();
  ::archive_entry_set_filetype(entry, AE_IFREG);
  ::archive_write_header(to, entry);
  ::archive_write_data(to, bytes.data(), bytes.size());
  ::archive_entry_free(entry);
  ::archive_write_close(to);
  ::archive_write_free(to);
  return out.substr(0, used);
}

}  // namespace packed_bytes
