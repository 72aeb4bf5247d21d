#pragma once
// The safetensors file format (huggingface/safetensors, README "Format"), bytes and names only:
// u64 little-endian header length, JSON header, tensor data that tiles the rest without holes.
// Reading is bounded: nothing is allocated by a number that the file's own size does not back.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "facegan/core/files.h"

namespace facegan::core {

struct TensorInfo {
  std::string name;
  std::string dtype;                 // "F32", "F64", "BF16", "I64", "U8", ...
  std::vector<std::int64_t> shape;   // empty = one element
  std::uint64_t begin = 0, end = 0;  // byte range in the data section
  std::uint64_t bytes() const { return end - begin; }
};

struct TensorBytes {  // a tensor to write; data must stay alive during the call
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  const void* data;
};

using Metadata = std::map<std::string, std::string>;

// The key under which the writer stores xxh64 over the data section and the header.
inline constexpr const char* kChecksumKey = "facegan.xxh64";

// A whole file in memory. Tensors are sorted by alignment, then name, as the reference writer does;
// the checksum is added to the metadata.
std::string safetensors_bytes(const std::vector<TensorBytes>& tensors, Metadata metadata);

struct SafetensorsFile {
  Metadata metadata;
  std::vector<TensorInfo> tensors;  // sorted by position in the file
  std::string data;                 // the data section
  const TensorInfo* find(const std::string& name) const;
  const char* bytes_of(const TensorInfo& tensor) const { return data.data() + tensor.begin; }
};

// Reads and checks everything: header bound (100 MB), unique names, known dtypes, shape x dtype =
// range, no hole, no overlap, end at the end of the file, and the checksum when there is one.
// Error(checkpoint) names the file and what is wrong. parse_safetensors is the same over memory.
SafetensorsFile read_safetensors(const std::filesystem::path& path);
SafetensorsFile read_safetensors(Fd fd, const std::filesystem::path& path);  // of a file that is open
SafetensorsFile parse_safetensors(std::string bytes, const std::string& name_for_messages);
// Header only (for listings): metadata and tensor table, data left empty, no checksum.
SafetensorsFile read_safetensors_header(const std::filesystem::path& path);
SafetensorsFile read_safetensors_header(Fd fd, const std::filesystem::path& path);

// Bytes of one element, 0 for an unknown dtype.
std::uint64_t dtype_bytes(const std::string& dtype);

}  // namespace facegan::core
