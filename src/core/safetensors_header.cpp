#include "core/safetensors_header.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::core {
namespace {

using nlohmann::json;
// What a header may ask of us. Each tensor and each text costs some hundred bytes beside its own.
constexpr std::size_t kMaxTensors = 100'000, kMaxTexts = 10'000, kMaxDimensions = 16;
constexpr std::uint64_t kMaxDimension = std::uint64_t{1} << 48;
constexpr const char* kMetadata = "__metadata__";

// Takes the header's events as they come and stops at the first that has no place in the format: no tree
// is built, nothing nests, and keys that come twice are seen.
class HeaderReader : public nlohmann::json_sax<json> {
 public:
  HeaderReader(const std::string& file, std::uint64_t data_size) : file_(file), data_size_(data_size) {}

  SafetensorsFile read(const std::string& text) {
    if (text.empty() || text[0] != '{') refuse_safetensors(file_, "its header does not start with '{'");
    // The parser takes a zero byte for the end and would pass over what follows.
    if (text.find('\0') != std::string::npos) refuse_safetensors(file_, "its header has a zero byte");
    json::sax_parse(text.begin(), text.end(), static_cast<nlohmann::json_sax<json>*>(this));
    return std::move(out_);
  }

 private:
  enum class At { begin, top, texts, tensor, shape, offsets };

  bool start_object(std::size_t) override {
    if (at_ == At::begin) {
      at_ = At::top;
    } else if (at_ == At::top) {
      at_ = key_ == kMetadata ? At::texts : At::tensor;
      fields_.clear();
    } else {
      misplaced();
    }
    return true;
  }
  bool end_object() override {
    if (at_ == At::tensor) finish_tensor();
    at_ = At::top;  // or the end
    return true;
  }
  bool key(std::string& name) override {
    std::set<std::string>& known = at_ == At::top ? keys_ : fields_;
    if (!known.insert(name).second)
      refuse_safetensors(file_, str("its header names '", printable(name), "' twice"));
    (at_ == At::top ? key_ : field_) = std::move(name);
    if (at_ == At::tensor && field_ != "dtype" && field_ != "shape" && field_ != "data_offsets") misplaced();
    if (at_ == At::top && keys_.size() > kMaxTensors)
      refuse_safetensors(file_, "it has more than 100,000 tensors");
    if (at_ == At::texts && fields_.size() > kMaxTexts)
      refuse_safetensors(file_, "its metadata has more than 10,000 keys");
    return true;
  }
  bool string(std::string& value) override {
    if (at_ == At::texts)
      out_.metadata[field_] = std::move(value);
    else if (at_ == At::tensor && field_ == "dtype")
      tensor_.dtype = std::move(value);
    else
      misplaced();
    return true;
  }
  bool start_array(std::size_t) override {
    if (at_ != At::tensor || field_ == "dtype") misplaced();
    at_ = field_ == "shape" ? At::shape : At::offsets;
    return true;
  }
  bool end_array() override {
    at_ = At::tensor;
    return true;
  }
  bool number_unsigned(std::uint64_t value) override {
    if (at_ == At::shape) {
      if (value > kMaxDimension || tensor_.shape.size() == kMaxDimensions) misplaced();
      tensor_.shape.push_back(static_cast<std::int64_t>(value));
    } else if (at_ == At::offsets) {
      if (offsets_.size() == 2) misplaced();
      offsets_.push_back(value);
    } else {
      misplaced();
    }
    return true;
  }
  bool null() override { misplaced(); }
  bool boolean(bool) override { misplaced(); }
  bool number_integer(std::int64_t) override { misplaced(); }
  bool number_float(double, const std::string&) override { misplaced(); }
  bool binary(json::binary_t&) override { misplaced(); }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    refuse_safetensors(file_, "its header is not a JSON object");
  }

  [[noreturn]] void bad_tensor(const std::string& why) const {
    refuse_safetensors(file_, str("tensor '", printable(key_), "' ", why));
  }
  // A value that is not of the kind that its place asks for.
  [[noreturn]] void misplaced() const {
    if (at_ == At::texts) refuse_safetensors(file_, str("its metadata '", printable(field_), "' is no text"));
    if (at_ == At::top && key_ == kMetadata) refuse_safetensors(file_, "its metadata is not an object");
    if (at_ == At::shape || (at_ == At::tensor && field_ == "shape")) bad_tensor("has a bad shape");
    if (at_ == At::offsets || (at_ == At::tensor && field_ == "data_offsets"))
      bad_tensor("has bad data_offsets");
    if (at_ == At::tensor && field_ == "dtype") bad_tensor("has a dtype that is no text");
    bad_tensor("must have exactly dtype, shape and data_offsets");
  }

  void finish_tensor() {
    if (fields_.size() != 3) bad_tensor("must have exactly dtype, shape and data_offsets");
    const std::uint64_t width = dtype_bytes(tensor_.dtype);
    if (width == 0) bad_tensor(str("has the unknown dtype '", printable(tensor_.dtype), "'"));
    if (offsets_.size() != 2) bad_tensor("has bad data_offsets");
    tensor_.name = key_;
    tensor_.begin = offsets_[0], tensor_.end = offsets_[1];
    if (tensor_.begin > tensor_.end || tensor_.end > data_size_) bad_tensor("lies outside the file");
    bool overflow;
    std::uint64_t bytes = element_count(tensor_.shape, overflow);
    if (overflow || __builtin_mul_overflow(bytes, width, &bytes) || bytes != tensor_.bytes())
      bad_tensor("has a size that does not fit its shape");
    out_.tensors.push_back(std::move(tensor_));
    tensor_ = {};
    offsets_.clear();
  }

  std::string file_;
  std::uint64_t data_size_;
  SafetensorsFile out_;
  At at_ = At::begin;
  std::set<std::string> keys_, fields_;  // of the header, of the object that is open in it
  std::string key_, field_;
  TensorInfo tensor_;
  std::vector<std::uint64_t> offsets_;
};

}  // namespace

void refuse_safetensors(const std::string& file, const std::string& why) {
  throw Error(ErrorKind::checkpoint, str(printable(file), " is not a usable safetensors file: ", why));
}

std::uint64_t element_count(const std::vector<std::int64_t>& shape, bool& overflow) {
  std::uint64_t count = 1;
  overflow = false;
  for (std::int64_t d : shape)
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(d), &count)) overflow = true;
  return count;
}

std::string safetensors_header_text(const Metadata& metadata, const std::vector<TensorInfo>& tensors,
                                    bool with_checksum) {
  const auto text_of = [](const json& value) {
    // A text that is not UTF-8 (a path, say) must not cost the checkpoint.
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  };
  std::map<std::string, const TensorInfo*> order = {{kMetadata, nullptr}};
  for (const auto& tensor : tensors) order[tensor.name] = &tensor;
  std::string out;
  for (const auto& [name, tensor] : order) {
    json entry = json::object();
    if (tensor)
      entry = {
          {"dtype", tensor->dtype}, {"shape", tensor->shape}, {"data_offsets", {tensor->begin, tensor->end}}};
    else
      for (const auto& [key, value] : metadata)
        if (with_checksum || key != kChecksumKey) entry[key] = value;
    out += (out.empty() ? '{' : ',') + text_of(name) + ':' + text_of(entry);
  }
  return out + '}';
}

SafetensorsFile parse_safetensors_header(const std::string& text, std::uint64_t data_size,
                                         const std::string& file) {
  SafetensorsFile out = HeaderReader(file, data_size).read(text);
  out.header = text;
  std::sort(out.tensors.begin(), out.tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t at = 0;
  for (const auto& tensor : out.tensors) {
    if (tensor.begin != at)
      refuse_safetensors(file,
                         str("tensor '", printable(tensor.name), "' overlaps another one or leaves a hole"));
    at = tensor.end;
  }
  if (at != data_size)
    refuse_safetensors(
        file, str("its tensors end at byte ", at, " of ", data_size, ": the file is cut off or too long"));
  return out;
}

}  // namespace facegan::core
