#include "facegan/core/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::core {
namespace {

using nlohmann::json;
constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr int kMaxDepth = 4;  // {"tensor": {"shape": [..]}} is 3

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw Error(ErrorKind::checkpoint, str(printable(file), " is not a usable safetensors file: ", why));
}

std::uint64_t element_count(const std::vector<std::int64_t>& shape, bool& overflow) {
  std::uint64_t count = 1;
  overflow = false;
  for (std::int64_t d : shape)
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(d), &count)) overflow = true;
  return count;
}

// nlohmann keeps the last of two equal keys silently and knows no depth limit: watch the events.
json parse_header(const std::string& text, const std::string& file) {
  if (text.empty() || text[0] != '{') refuse(file, "its header does not start with '{'");
  // The parser takes a zero byte for the end and would pass over what follows.
  if (text.find('\0') != std::string::npos) refuse(file, "its header has a zero byte");
  std::vector<std::set<std::string>> keys;
  std::string fault;
  auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (depth > kMaxDepth && fault.empty()) fault = "its header is nested too deeply";
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.empty()) {
      const auto key = value.get<std::string>();
      if (!keys.back().insert(key).second && fault.empty())
        fault = str("its header names '", printable(key), "' twice");
    }
    return fault.empty();
  };
  json header = json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  if (!fault.empty()) refuse(file, fault);
  if (header.is_discarded() || !header.is_object()) refuse(file, "its header is not a JSON object");
  return header;
}

TensorInfo tensor_info(const std::string& name, const json& entry, std::uint64_t data_size,
                       const std::string& file) {
  auto bad = [&](const std::string& why) { refuse(file, str("tensor '", printable(name), "' ", why)); };
  TensorInfo info;
  info.name = name;
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets"))
    bad("must have exactly dtype, shape and data_offsets");
  if (!entry["dtype"].is_string()) bad("has a dtype that is no text");
  info.dtype = entry["dtype"].get<std::string>();
  const std::uint64_t width = dtype_bytes(info.dtype);
  if (width == 0) bad(str("has the unknown dtype '", printable(info.dtype), "'"));
  if (!entry["shape"].is_array() || entry["shape"].size() > 16) bad("has a bad shape");
  for (const auto& d : entry["shape"]) {
    if (!d.is_number_unsigned() || d.get<std::uint64_t>() > (std::uint64_t{1} << 48)) bad("has a bad shape");
    info.shape.push_back(d.get<std::int64_t>());
  }
  const auto& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned())
    bad("has bad data_offsets");
  info.begin = offsets[0].get<std::uint64_t>();
  info.end = offsets[1].get<std::uint64_t>();
  if (info.begin > info.end || info.end > data_size) bad("lies outside the file");
  bool overflow;
  const std::uint64_t count = element_count(info.shape, overflow);
  std::uint64_t bytes;
  if (overflow || __builtin_mul_overflow(count, width, &bytes) || bytes != info.bytes())
    bad("has a size that does not fit its shape");
  return info;
}

// The header as the checksum sees it: canonical text, without the checksum itself.
void hash_header(Xxh64& hash, json header) {
  if (header.contains("__metadata__")) header["__metadata__"].erase(kChecksumKey);
  const std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  hash.update(text.data(), text.size());
}

// Checks every entry of a header against the size of the data that follows it.
SafetensorsFile check_header(const json& header, std::uint64_t data_size, const std::string& file) {
  SafetensorsFile out;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) refuse(file, "its metadata is not an object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) refuse(file, str("its metadata '", printable(key), "' is no text"));
        out.metadata[key] = value.get<std::string>();
      }
    } else {
      out.tensors.push_back(tensor_info(name, entry, data_size, file));
    }
  }
  std::sort(out.tensors.begin(), out.tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t at = 0;
  for (const auto& tensor : out.tensors) {
    if (tensor.begin != at)
      refuse(file, str("tensor '", printable(tensor.name), "' overlaps another one or leaves a hole"));
    at = tensor.end;
  }
  if (at != data_size)
    refuse(file, str("its tensors end at byte ", at, " of ", data_size, ": the file is cut off or too long"));
  return out;
}

std::uint64_t header_length(const char* first8, std::uint64_t file_size, const std::string& file) {
  std::uint64_t length;
  std::memcpy(&length, first8, 8);
  if (length > kMaxHeader) refuse(file, "its header is too long");
  if (length > file_size - 8) refuse(file, "it ends inside its header");
  return length;
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
  json header = json::object();
  std::uint64_t at = 0;
  Xxh64 hash;  // over the data, then the header
  std::vector<std::uint64_t> sizes;
  for (const auto* tensor : order) {
    bool overflow;
    const std::uint64_t bytes = element_count(tensor->shape, overflow) * dtype_bytes(tensor->dtype);
    if (overflow || dtype_bytes(tensor->dtype) == 0)
      throw Error(ErrorKind::internal, str("tensor '", tensor->name, "' cannot be stored"));
    if (header.contains(tensor->name))
      throw Error(ErrorKind::internal, str("two tensors are named '", tensor->name, "'"));
    header[tensor->name] = {
        {"dtype", tensor->dtype}, {"shape", tensor->shape}, {"data_offsets", {at, at + bytes}}};
    hash.update(tensor->data, bytes);
    sizes.push_back(bytes);
    at += bytes;
  }
  metadata.erase(kChecksumKey);
  header["__metadata__"] = metadata;
  hash_header(hash, header);
  header["__metadata__"][kChecksumKey] = hex64(hash.digest());
  // A text that is not UTF-8 (a path, say) must not cost the checkpoint.
  std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string out;
  out.reserve(8 + text.size() + at);
  const std::uint64_t length = text.size();
  out.append(reinterpret_cast<const char*>(&length), 8);
  out += text;
  for (std::size_t i = 0; i < order.size(); ++i)
    out.append(static_cast<const char*>(order[i]->data), sizes[i]);
  return out;
}

SafetensorsFile parse_safetensors(std::string bytes, const std::string& file) {
  if (bytes.size() < 8) refuse(file, "it is shorter than 8 bytes");
  const std::uint64_t length = header_length(bytes.data(), bytes.size(), file);
  const json header = parse_header(bytes.substr(8, length), file);
  SafetensorsFile out = check_header(header, bytes.size() - 8 - length, file);
  bytes.erase(0, 8 + length);
  out.data = std::move(bytes);
  const auto sum = out.metadata.find(kChecksumKey);
  if (sum != out.metadata.end()) {
    Xxh64 hash;
    hash.update(out.data.data(), out.data.size());
    hash_header(hash, header);
    if (sum->second != hex64(hash.digest())) refuse(file, "its checksum does not match: the file is damaged");
  }
  return out;
}

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path, std::uint64_t{1} << 40, ErrorKind::checkpoint), path.string());
}

SafetensorsFile read_safetensors_header(const std::filesystem::path& path) {
  const Fd fd = open_for_reading(path, ErrorKind::checkpoint);
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (error) refuse(path.string(), error.message());
  if (size < 8) refuse(path.string(), "it is shorter than 8 bytes");
  char first8[8];
  read_exactly_at(fd.get(), first8, 8, 0, path, ErrorKind::checkpoint);
  const std::uint64_t length = header_length(first8, size, path.string());
  std::string text(length, '\0');
  read_exactly_at(fd.get(), text.data(), length, 8, path, ErrorKind::checkpoint);
  return check_header(parse_header(text, path.string()), size - 8 - length, path.string());
}

}  // namespace facegan::core
