#include "facegan/exchange/weights_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/half.h"
#include "facegan/core/safetensors.h"
#include "facegan/core/text.h"
#include "facegan/data/pth.h"

namespace facegan::exchange {
namespace {

using core::str;

std::string first_bytes(const std::filesystem::path& path) {
  const core::Fd fd = core::open_for_reading(path, ErrorKind::checkpoint);
  struct stat info;
  std::string bytes(16, '\0');
  if (::fstat(fd.get(), &info) == 0)
    bytes.resize(std::min(bytes.size(), static_cast<std::size_t>(info.st_size)));
  core::read_exactly_at(fd.get(), bytes.data(), bytes.size(), 0, path, ErrorKind::checkpoint);
  return bytes;
}

template <class Number>
Number read(const char* from) {
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

float as_float(const std::string& dtype, const char* from) {
  if (dtype == "F32") return read<float>(from);
  if (dtype == "F64") return static_cast<float>(read<double>(from));
  const auto bits = read<std::uint16_t>(from);
  return dtype == "F16" ? core::from_half(bits) : std::bit_cast<float>(std::uint32_t{bits} << 16);
}

}  // namespace

struct WeightsFile::State {
  std::filesystem::path path;
  std::optional<core::SafetensorsFile> safetensors;
  std::optional<data::PthFile> pth;
  std::vector<ForeignTensor> tensors;
};

WeightsFile::WeightsFile(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->path = path;
  const std::string head = first_bytes(path);
  if (data::looks_like_pth(head)) {
    state_->pth.emplace(path);
    for (const auto& tensor : state_->pth->tensors())
      state_->tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
    return;
  }
  if (head.size() < 9 || head[8] != '{')
    throw Error(ErrorKind::checkpoint,
                str(core::printable(path.string()), " is neither a safetensors nor a .pth file of weights"));
  state_->safetensors = core::read_safetensors(path);
  for (const auto& tensor : state_->safetensors->tensors)
    state_->tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
}

WeightsFile::~WeightsFile() = default;
WeightsFile::WeightsFile(WeightsFile&&) noexcept = default;

const std::filesystem::path& WeightsFile::path() const {
  return state_->path;
}

const std::vector<ForeignTensor>& WeightsFile::tensors() const {
  return state_->tensors;
}

std::vector<float> WeightsFile::values(std::size_t i) const {
  const ForeignTensor& tensor = state_->tensors[i];
  const auto refuse = [&](const char* why) {
    throw Error(ErrorKind::checkpoint, str(core::printable(state_->path.string()), ": tensor '",
                                           core::printable(tensor.name), "' ", why));
  };
  if (!is_float(tensor.dtype)) refuse("has no floating-point numbers");
  std::string bytes;
  if (state_->pth) {
    bytes = state_->pth->bytes(i);
  } else {
    const auto& info = state_->safetensors->tensors[i];
    bytes.assign(state_->safetensors->bytes_of(info), info.bytes());
  }
  const auto width = static_cast<std::size_t>(core::dtype_bytes(tensor.dtype));
  std::vector<float> values(bytes.size() / width);
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = as_float(tensor.dtype, &bytes[k * width]);
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    refuse("has numbers that are not finite as float32: its training diverged, or it is damaged");
  return values;
}

bool is_float(const std::string& dtype) {
  return dtype == "F32" || dtype == "F16" || dtype == "BF16" || dtype == "F64";
}

}  // namespace facegan::exchange
