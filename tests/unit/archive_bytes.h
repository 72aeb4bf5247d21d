#pragma once
// Archives made byte by byte, right or wrong as a test wants them.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace archive_bytes {

inline std::string little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

inline std::uint32_t crc32(const std::string& data) {
  std::uint32_t crc = ~0u;
  for (const unsigned char c : data) {
    crc ^= c;
    for (int k = 0; k < 8; ++k) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

// Deflate data of stored blocks.
inline std::string deflate(const std::string& data) {
  std::string out;
  for (std::size_t at = 0; at == 0 || at < data.size(); at += 0xffff) {
    const std::string part = data.substr(at, 0xffff);
    out += at + 0xffff >= data.size() ? '\1' : '\0';
    out += little(part.size(), 2) + little(~part.size() & 0xffff, 2) + part;
  }
  return out;
}

inline std::string gzip(const std::string& data) {
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\3", 10) + deflate(data) + little(crc32(data), 4) +
         little(data.size(), 4);
}

struct ZipEntry {
  std::string name, data;
  int method = 0;
  int flags = 0;
  std::int64_t claimed_size = -1, claimed_packed = -1, claimed_offset = -1;  // instead of the true ones
};

// zip64: sizes, offsets and counts lie in the 64-bit records.
inline std::string zip(const std::vector<ZipEntry>& entries, bool zip64 = false) {
  std::string out, directory;
  for (const ZipEntry& e : entries) {
    const std::string packed = e.method == 8 ? deflate(e.data) : e.data;
    const auto or_else = [](std::int64_t claimed, std::uint64_t real) {
      return claimed >= 0 ? static_cast<std::uint64_t>(claimed) : real;
    };
    const auto size = or_else(e.claimed_size, e.data.size()),
               stored = or_else(e.claimed_packed, packed.size());
    const auto offset = or_else(e.claimed_offset, out.size());
    const auto narrow = [&](std::uint64_t value) { return little(zip64 ? 0xffffffff : value, 4); };
    const std::string fields =
        little(e.flags, 2) + little(e.method, 2) + little(0, 4) + little(crc32(e.data), 4);
    const std::string extra =
        zip64 ? little(1, 2) + little(24, 2) + little(size, 8) + little(stored, 8) + little(offset, 8) : "";
    out += "PK\3\4" + little(20, 2) + fields + little(stored, 4) + little(size, 4) +
           little(e.name.size(), 2) + little(0, 2) + e.name + packed;
    directory += "PK\1\2" + little(20, 2) + little(20, 2) + fields + narrow(stored) + narrow(size) +
                 little(e.name.size(), 2) + little(extra.size(), 2) + little(0, 8) + little(0, 2) +
                 narrow(offset) + e.name + extra;
  }
  const std::uint64_t begin = out.size(), count = entries.size();
  out += directory;
  if (zip64) {
    const std::uint64_t end64 = out.size();
    out += "PK\6\6" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) + little(count, 8) +
           little(count, 8) + little(directory.size(), 8) + little(begin, 8);
    out += "PK\6\7" + little(0, 4) + little(end64, 8) + little(1, 4);
  }
  return out + "PK\5\6" + little(0, 4) + little(zip64 ? 0xffff : count, 2) +
         little(zip64 ? 0xffff : count, 2) + little(zip64 ? 0xffffffff : directory.size(), 4) +
         little(zip64 ? 0xffffffff : begin, 4) + little(0, 2);
}

struct TarEntry {
  std::string name, data;
  char type = '0';  // 0 file, 1 hard link, 2 symbolic link, 5 folder
  std::string link = {};
  std::uint64_t claimed_size = 0;  // instead of the true one, when not 0
};

inline std::string tar(const std::vector<TarEntry>& entries) {
  std::string out;
  for (const TarEntry& e : entries) {
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
    char octal[16];
    std::snprintf(octal, sizeof octal, "%011llo",
                  static_cast<unsigned long long>(e.claimed_size ? e.claimed_size : e.data.size()));
    put(0, e.name), put(100, "0000644"), put(108, "0000000"), put(116, "0000000"), put(124, octal);
    put(136, "00000000000"), put(148, "        "), put(156, std::string(1, e.type)), put(157, e.link);
    put(257, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const unsigned char c : header) sum += c;
    std::snprintf(octal, sizeof octal, "%06o", sum);
    put(148, std::string(octal) + '\0');
    out += header + e.data + std::string((512 - e.data.size() % 512) % 512, '\0');
  }
  return out + std::string(1024, '\0');
}

}  // namespace archive_bytes
