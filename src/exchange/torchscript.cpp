#include "facegan/exchange/torchscript.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::exchange {
namespace {

using core::number_text;
using core::str;
using spec::Operation;

// "3.skip.0.weight" -> "t_3_skip_0_weight": a name in the language of TorchScript.
std::string attribute(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return "t_" + name;
}

std::string list(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> texts;
  for (const auto number : numbers) texts.push_back(std::to_string(number));
  return "[" + core::join(texts, ", ") + "]";
}

// A number as a float literal.
std::string real(double value) {
  const std::string text = number_text(value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

class Writer {
 public:
  explicit Writer(const Network& network) : network_(network) {}

  // def forward(self, ...): a line for each operation.
  std::string forward() const {
    const spec::Program& program = network_.program;
    std::string text =
        str("def forward(self, ", input(), program.conditions > 0 ? ", conditions" : "", "):\n");
    text += str("  v0 = ", input(), "\n", program.conditions > 0 ? "  v1 = conditions\n" : "");
    for (std::size_t k = 0; k < program.operations.size(); ++k)
      text += str("  v", k + 2, " = ", expression(program.operations[k]), "\n");
    return str(text, "  return v", program.operations.size() + 1, "\n");
  }

 private:
  const char* input() const { return network_.part == Part::generator ? "z" : "pictures"; }
  static std::string value(const Operation& operation, std::size_t input) {
    return str("v", operation.inputs[input]);
  }
  static std::string weight(const Operation& operation, const char* name) {
    const auto found = operation.tensors.find(name);
    return found == operation.tensors.end() ? "None" : "self." + attribute(found->second);
  }
  const spec::Shape& shape_of(int value) const {
    return value == 0 ? network_.program.in
                      : network_.program.operations[static_cast<std::size_t>(value) - 2].out;
  }
  std::string as_image(const Operation& operation) const {
    const std::string x = value(operation, 0);
    return shape_of(operation.inputs[0]).size() == 1 ? x + ".unsqueeze(-1).unsqueeze(-1)" : x;
  }
  static std::string reshaped(const std::string& x, std::vector<std::int64_t> shape) {
    shape.insert(shape.begin(), -1);
    return str(x, ".reshape(", list(shape), ")");
  }
  static std::string padded(const std::string& x, const std::vector<std::int64_t>& sides, double with = 0) {
    return str("torch.constant_pad_nd(", x, ", ", list(sides), ", ", real(with), ")");
  }

  std::string conv(const Operation& operation) const {
    const auto& pad = operation.lists.at("pad");  // top, bottom, left, right
    const bool even = pad[0] == pad[1] && pad[2] == pad[3];
    const std::string x =
        even ? as_image(operation) : padded(as_image(operation), {pad[2], pad[3], pad[0], pad[1]});
    const auto stride = static_cast<std::int64_t>(operation.numbers.at("stride"));
    return str("torch.conv2d(", x, ", ", weight(operation, "weight"), ", ", weight(operation, "bias"), ", ",
               list({stride, stride}), ", ", list(even ? std::vector{pad[0], pad[2]} : std::vector{0L, 0L}),
               ", [1, 1], ", number_text(operation.numbers.at("groups")), ")");
  }

  static std::string cut(int dimension, std::int64_t before, std::int64_t length) {
    return str(".narrow(", dimension, ", ", before, ", ", length, ")");
  }

  std::string conv_transpose(const Operation& operation) const {
    const auto& crop = operation.lists.at("crop");  // top, bottom, left, right
    const std::int64_t rows = std::min(crop[0], crop[1]), columns = std::min(crop[2], crop[3]);
    const auto stride = static_cast<std::int64_t>(operation.numbers.at("stride"));
    std::string text =
        str("torch.conv_transpose2d(", as_image(operation), ", ", weight(operation, "weight"), ", ",
            weight(operation, "bias"), ", ", list({stride, stride}), ", ", list({rows, columns}), ")");
    if (crop[0] != crop[1]) text += cut(2, crop[0] - rows, operation.out[1]);
    if (crop[2] != crop[3]) text += cut(3, crop[2] - columns, operation.out[2]);
    return text;
  }

  static std::string group_norm(const Operation& operation) {
    return str("torch.group_norm(", value(operation, 0), ", ", number_text(operation.numbers.at("groups")),
               ", ", weight(operation, "weight"), ", ", weight(operation, "bias"), ", ",
               real(operation.numbers.at("eps")), ")");
  }

  static std::string attention(const Operation& operation) {
    const auto flat = [&](std::size_t i) { return value(operation, i) + ".flatten(2)"; };
    const std::string weights =
        str("torch.softmax(torch.bmm(", flat(0), ".transpose(1, 2), ", flat(1), "), -1)");
    return reshaped(str("torch.bmm(", flat(2), ", ", weights, ".transpose(1, 2))"), operation.out);
  }

  static std::string upsample(const Operation& operation) {
    const std::string size = list({operation.out[1], operation.out[2]});
    return operation.words.at("mode") == "nearest"
               ? str("torch.upsample_nearest2d(", value(operation, 0), ", ", size, ", None)")
               : str("torch.upsample_bilinear2d(", value(operation, 0), ", ", size, ", False, None)");
  }

  static std::string pool(const Operation& operation) {
    const auto k = static_cast<std::int64_t>(operation.numbers.at("kernel")),
               s = static_cast<std::int64_t>(operation.numbers.at("stride"));
    return str("torch.", operation.name, "2d(", value(operation, 0), ", ", list({k, k}), ", ", list({s, s}),
               ")");
  }

  std::string expression(const Operation& operation) const {
    const std::string& name = operation.name;
    const std::string x = value(operation, 0);
    const auto number = [&](const char* what) { return real(operation.numbers.at(what)); };
    if (name == "linear")
      return str("torch.linear(", shape_of_is_flat(operation) ? x : x + ".flatten(1)", ", ",
                 weight(operation, "weight"), ", ", weight(operation, "bias"), ")");
    if (name == "conv") return conv(operation);
    if (name == "conv_transpose") return conv_transpose(operation);
    if (name == "batch_norm")
      return str("torch.batch_norm(", x, ", ", weight(operation, "weight"), ", ", weight(operation, "bias"),
                 ", ", weight(operation, "mean"), ", ", weight(operation, "var"), ", False, 0.1, ",
                 number("eps"), ", False)");
    if (name == "group_norm") return group_norm(operation);
    if (name == "pixel_norm")
      return str(x, ".mul(torch.rsqrt(", x, ".mul(", x, ").mean([1], True).add(", number("eps"), ")))");
    if (name == "clamp") return str("torch.clamp(", x, ", ", number("low"), ", ", number("high"), ")");
    if (name == "leaky_relu") return str("torch.leaky_relu(", x, ", ", number("slope"), ")");
    if (name == "elu") return str("torch.elu(", x, ", ", number("alpha"), ")");
    if (name == "relu" || name == "tanh" || name == "sigmoid") return str("torch.", name, "(", x, ")");
    if (name == "upsample") return upsample(operation);
    if (name == "avg_pool" || name == "max_pool") return pool(operation);
    if (name == "pad") {
      const auto& pad = operation.lists.at("pad");
      return padded(x, {pad[2], pad[3], pad[0], pad[1]});
    }
    if (name == "constant_channel") return padded(x, {0, 0, 0, 0, 0, 1}, operation.numbers.at("value"));
    if (name == "reshape") return reshaped(x, operation.out);
    if (name == "scale") return str(x, ".mul(", weight(operation, "weight"), ")");
    if (name == "attention") return attention(operation);
    if (name == "row_sum") return x + ".sum([1], True)";
    if (name == "add" || name == "mul") return str(x, ".", name, "(", value(operation, 1), ")");
    if (name == "concat") return str("torch.cat([", x, ", ", value(operation, 1), "], 1)");
    throw Error(ErrorKind::internal, str("TorchScript: no operation ", name));
  }

  bool shape_of_is_flat(const Operation& operation) const {
    return operation.inputs[0] == 1 || shape_of(operation.inputs[0]).size() == 1;
  }

  const Network& network_;
};

}  // namespace

std::string torchscript(const Network& network) {
  torch::jit::Module module(network.part == Part::generator ? "Generator" : "Discriminator");
  for (const auto& [name, tensor] : network.tensors) {
    const at::Tensor values = at::empty(tensor.shape, at::kFloat);
    std::memcpy(values.mutable_data_ptr<float>(), tensor.values.data(), tensor.values.size() * sizeof(float));
    module.register_parameter(attribute(name), values, /*is_buffer=*/true);
  }
  module.define(Writer(network).forward());
  module.eval();
  std::ostringstream out;
  module.save(out, {{"facegan.json", program_json(network)}});
  return std::move(out).str();
}

}  // namespace facegan::exchange
