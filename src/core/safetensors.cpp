#include "facegan/core/safetensors.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "core/safetensors_header.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::core {
namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000, kMaxFile = std::uint64_t{1} << 40;

void hash_header(Xxh64& hash, const Metadata& metadata, const std::vector<TensorInfo>& tensors) {
  const std::string text = safetensors_header_text(metadata, tensors, false);
  hash.update(text.data(), text.size());
}

// Over the data, then the header.
void check_sum(const SafetensorsFile& read, const std::string& file) {
  const auto sum = read.metadata.find(kChecksumKey);
  if (sum == read.metadata.end()) return;
  Xxh64 hash;
  hash.update(read.data.data(), read.data.size());
  hash_header(hash, read.metadata, read.tensors);
  if (sum->second != hex64(hash.digest()))
    refuse_safetensors(file, "its checksum does not match: the file is damaged");
}

std::uint64_t header_length(const char* first8, std::uint64_t file_size, const std::string& file) {
  std::uint64_t length;
  std::memcpy(&length, first8, 8);
  if (length > kMaxHeader) refuse_safetensors(file, "its header is too long");
  if (length > file_size - 8) refuse_safetensors(file, "it ends inside its header");
  return length;
}

struct FileHeader {
  Fd fd;
  SafetensorsFile table;
  std::uint64_t data_at = 0, data_size = 0;
};

FileHeader read_file_header(Fd fd, const std::filesystem::path& path) {
  const std::string file = path.string();
  FileHeader out{std::move(fd), {}};
  struct stat info;
  if (::fstat(out.fd.get(), &info) != 0) refuse_safetensors(file, "its size cannot be read");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size < 8) refuse_safetensors(file, "it is shorter than 8 bytes");
  if (size > kMaxFile) refuse_safetensors(file, "it is larger than 1 TiB");
  char first8[8];
  read_exactly_at(out.fd.get(), first8, 8, 0, path, ErrorKind::checkpoint);
  std::string text(header_length(first8, size, file), '\0');
  read_exactly_at(out.fd.get(), text.data(), text.size(), 8, path, ErrorKind::checkpoint);
  out.data_at = 8 + text.size();
  out.data_size = size - out.data_at;
  out.table = parse_safetensors_header(text, out.data_size, file);
  return out;
}

}  // namespace

std::uint64_t dtype_bytes(const std::string& dtype) {
  static const std::map<std::string, std::uint64_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"U16", 2}, {"I16", 2}, {"F16", 2}, {"BF16", 2},
      {"U32", 4},  {"I32", 4}, {"F32", 4}, {"U64", 8}, {"I64", 8}, {"F64", 8}};
  const auto it = sizes.find(dtype);
  return it == sizes.end() ? 0 : it->second;
}

const TensorInfo* SafetensorsFile::find(const std::string& name) const {
  for (const auto& tensor : tensors)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

std::string safetensors_bytes(const std::vector<TensorBytes>& tensors, Metadata metadata) {
  std::vector<const TensorBytes*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const TensorBytes* a, const TensorBytes* b) {
    const auto wa = dtype_bytes(a->dtype), wb = dtype_bytes(b->dtype);
    return wa != wb ? wa > wb : a->name < b->name;
  });
  std::vector<TensorInfo> table;
  std::set<std::string> names = {"__metadata__"};
  std::uint64_t at = 0;
  Xxh64 hash;
  for (const auto* tensor : order) {
    bool overflow;
    const std::uint64_t bytes = element_count(tensor->shape, overflow) * dtype_bytes(tensor->dtype);
    if (overflow || dtype_bytes(tensor->dtype) == 0)
      throw Error(ErrorKind::internal, str("tensor '", tensor->name, "' cannot be stored"));
    if (!names.insert(tensor->name).second)
      throw Error(ErrorKind::internal, str("two tensors are named '", tensor->name, "'"));
    table.push_back({tensor->name, tensor->dtype, tensor->shape, at, at + bytes});
    hash.update(tensor->data, bytes);
    at += bytes;
  }
  hash_header(hash, metadata, table);
  metadata[kChecksumKey] = hex64(hash.digest());
  std::string text = safetensors_header_text(metadata, table, true);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string out;
  out.reserve(8 + text.size() + at);
  const std::uint64_t length = text.size();
  out.append(reinterpret_cast<const char*>(&length), 8);
  out += text;
  for (std::size_t i = 0; i < order.size(); ++i)
    out.append(static_cast<const char*>(order[i]->data), table[i].bytes());
  return out;
}

SafetensorsFile parse_safetensors(std::string bytes, const std::string& file) {
  if (bytes.size() < 8) refuse_safetensors(file, "it is shorter than 8 bytes");
  const std::uint64_t length = header_length(bytes.data(), bytes.size(), file);
  SafetensorsFile out = parse_safetensors_header(bytes.substr(8, length), bytes.size() - 8 - length, file);
  bytes.erase(0, 8 + length);
  out.data = std::move(bytes);
  check_sum(out, file);
  return out;
}

// The header is checked before there is memory for the data.
SafetensorsFile read_safetensors(Fd fd, const std::filesystem::path& path) {
  FileHeader header = read_file_header(std::move(fd), path);
  SafetensorsFile out = std::move(header.table);
  out.data.resize(header.data_size);
  read_exactly_at(header.fd.get(), out.data.data(), header.data_size, header.data_at, path,
                  ErrorKind::checkpoint);
  check_sum(out, path.string());
  return out;
}

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  return read_safetensors(open_for_reading(path, ErrorKind::checkpoint), path);
}

SafetensorsFile read_safetensors_header(Fd fd, const std::filesystem::path& path) {
  return read_file_header(std::move(fd), path).table;
}

SafetensorsFile read_safetensors_header(const std::filesystem::path& path) {
  return read_safetensors_header(open_for_reading(path, ErrorKind::checkpoint), path);
}

}  // namespace facegan::core
