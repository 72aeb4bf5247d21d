#include "facegan/exchange/page.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "exchange/files.h"
#include "facegan/core/base64.h"
#include "facegan/core/half.h"
#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::exchange {

namespace {

using core::str;
using Json = nlohmann::ordered_json;

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// Whether half precision keeps what a tensor is: its error is small beside the tensor, as it is but for
// numbers that are very large or very small.
bool fits_half(const std::vector<float>& values, const std::vector<std::uint16_t>& halves) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double off = double{core::from_half(halves[i])} - values[i];
    error += off * off;
    size += double{values[i]} * values[i];
  }
  constexpr double kLargest = 0x1p-11;         // a number's own, half a unit in the last place
  return error <= kLargest * kLargest * size;  // false of infinities
}

// Appends to the bytes; gives the table of tensors.
Json pack(const Tensors& tensors, std::string& bytes) {
  Json table = Json::object();
  for (const auto& [name, tensor] : tensors) {
    std::vector<std::uint16_t> halves(tensor.values.size());
    std::transform(tensor.values.begin(), tensor.values.end(), halves.begin(), core::to_half);
    const bool half = tensor.shape.size() > 1 && fits_half(tensor.values, halves);
    bytes.resize((bytes.size() + 3) / 4 * 4);
    table[name] = {{"shape", tensor.shape}, {"type", half ? "F16" : "F32"}, {"at", bytes.size()}};
    bytes += half ? bytes_of(halves) : bytes_of(tensor.values);
  }
  return table;
}

Json condition_json(const infer::Conditions& conditions) {
  if (!conditions.any()) return nullptr;
  const spec::Condition& condition = conditions.condition();
  const auto& rows = conditions.rows();
  return {{"asked", condition.asked()},
          {"classes", condition.has_classes()},
          {"names", condition.names()},
          {"rows", core::base64({reinterpret_cast<const char*>(rows.data()), rows.size()})}};
}

Json directions_json(const std::vector<infer::Latent>& directions) {
  if (directions.empty()) return nullptr;
  std::string bytes;
  for (const infer::Latent& direction : directions) bytes += bytes_of(direction);
  return {{"count", directions.size()}, {"values", core::base64(bytes)}};
}

// As the content of a script element, which ends at the first "</".
std::string in_script(const Json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace))
    out += c == '<' ? "\\u003c" : std::string(1, c);
  return out;
}

std::string_view file(std::string_view name) {
  return core::text_of(embedded_files(), name);
}

// The files and values that a text names as @NAME@, in their places.
std::string filled(std::string_view text, const std::map<std::string_view, std::string_view>& values) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find("<!--@", at), name = begin + 5, end = text.find("@-->", name);
    if (begin == std::string_view::npos || end == std::string_view::npos) return out.append(text.substr(at));
    out += text.substr(at, begin - at);
    const auto value = values.find(text.substr(name, end - name));
    out += value != values.end() ? value->second : file(text.substr(name, end - name));
    at = end + 4;
  }
  return out;
}

}  // namespace

std::string explore_page(const Network& generator, const infer::Conditions& conditions,
                         const std::vector<infer::Latent>& directions) {
  const config::Config& config = generator.config;
  std::string weights;
  const Json tensors = pack(generator.tensors, weights);
  const Json model = {
      {"format", 1},
      {"name", generator.run},
      {"preset", config.preset},
      {"faces", config.dataset == "faces" || config.dataset == "celeba" || config.dataset == "lfw"},
      {"program", str("facegan ", kVersion)},
      {"checkpoint_hash", generator.hash},
      {"from", generator.from.empty() ? Json(nullptr) : Json(generator.from)},
      {"weights_of", infer::name_of(generator.weights)},
      {"step", generator.step},
      {"epoch", generator.epoch},
      {"z", config.z},
      {"channels", config.channels},
      {"width", generator.program.out[2]},
      {"height", generator.program.out[1]},
      {"condition", condition_json(conditions)},
      {"directions", directions_json(directions)},
      {"network", Json::parse(program_json(generator))},
      {"tensors", tensors}};
  const std::string title = core::escape_html(str(generator.run, " · facegan"));
  return filled(file("explore.html"),
                {{"title", title}, {"model", in_script(model)}, {"weights", core::base64(weights)}});
}

}  // namespace facegan::exchange
