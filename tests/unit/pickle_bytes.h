#pragma once
// Pickles made instruction by instruction, and files of torch.save around them.
#include <string>
#include <vector>

#include "archive_bytes.h"

namespace pickle_bytes {

using archive_bytes::little;

inline std::string text(const std::string& value) {
  return "X" + little(value.size(), 4) + value;
}
inline std::string integer(std::uint64_t value) {
  return value < 0x80000000 ? "J" + little(value, 4) : "\x8a\x08" + little(value, 8);
}
inline std::string tuple(const std::vector<std::string>& items) {
  std::string out = "(";
  for (const auto& item : items) out += item;
  return out + "t";
}
inline std::string integers(const std::vector<std::uint64_t>& values) {
  std::vector<std::string> items;
  for (const auto value : values) items.push_back(integer(value));
  return tuple(items);
}
inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string storage(const std::string& key, std::uint64_t numbers,
                           const std::string& type = "FloatStorage", const std::string& module = "torch") {
  return tuple({text("storage"), global(module, type), text(key), text("cpu"), integer(numbers)}) + "Q";
}
inline std::string ordered_dict() {
  return global("collections", "OrderedDict") + ")R";
}
inline std::string tensor(const std::string& storage, const std::vector<std::uint64_t>& shape,
                          const std::vector<std::uint64_t>& strides, std::uint64_t offset = 0) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple({storage, integer(offset), integers(shape), integers(strides), "\x89", ordered_dict()}) + "R";
}
inline std::string parameter(const std::string& of) {
  return global("torch._utils", "_rebuild_parameter") + tuple({of, "\x88", ordered_dict()}) + "R";
}
// Into the dict that `dict` makes.
inline std::string with(const std::string& dict, const std::vector<std::string>& keys_and_values) {
  std::string out = dict + "(";
  for (const auto& item : keys_and_values) out += item;
  return out + "u";
}
inline std::string pickle(const std::string& body, char protocol = 2) {
  return std::string("\x80") + protocol + body + ".";
}

// A file of torch.save: entries lie in archive/.
inline std::string pth(const std::string& pickle, std::vector<archive_bytes::ZipEntry> more,
                       const std::string& byte_order = "little", bool zip64 = false) {
  std::vector<archive_bytes::ZipEntry> entries = {{"archive/data.pkl", pickle},
                                                  {"archive/byteorder", byte_order}};
  for (auto& entry : more) {
    entry.name = "archive/" + entry.name;
    entries.push_back(entry);
  }
  entries.push_back({"archive/version", "3\n"});
  return archive_bytes::zip(entries, zip64);
}

}  // namespace pickle_bytes
