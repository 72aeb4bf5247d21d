// Layers that multiply weights with values.
#include <algorithm>

#include "facegan/core/text.h"
#include "spec/layers.h"

namespace facegan::spec {
namespace {

using core::str;
constexpr auto kInteger = ParameterType::integer;
constexpr auto kBoolean = ParameterType::boolean;
constexpr auto kSides = ParameterType::sides;

const Parameter kBias = {"bias", kBoolean, 0, 1, "true", "whether a bias is added"};
const Parameter kSpectralNorm = {"spectral_norm",
                                 kBoolean,
                                 0,
                                 1,
                                 "false",
                                 "divide the weight by its largest singular value (Miyato et al. 2018)"};
const Parameter kGain = {"gain", ParameterType::real, 0, 100, "1", "factor of the first weights"};
const Parameter kGroups = {
    "groups",  kInteger, 1,
    kMaxWidth, "1",      "parts of the channels that do not see each other; as many as channels: depthwise"};

std::vector<Parameter> filters(const char* padding_help, std::vector<Parameter> more = {}) {
  std::vector<Parameter> all = {
      {"filters", kInteger, 1, kMaxWidth, nullptr, "output channels"},
      {"kernel", ParameterType::extent, 1, kMaxSide, nullptr, "side of the kernel, or [rows, columns]"},
      {"stride", kInteger, 1, 16, "1", "step of the kernel"},
      {"padding", kSides, 0, kMaxSide, "0", padding_help},
      kBias,
      kGain};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// A weight with what belongs to it: the bias, and u of the spectral norm (Miyato et al. 2018), one
// number for each of its rows.
void add_weight(Layer& layer, Shape weight, std::int64_t outputs, std::int64_t fan_in, std::int64_t fan_out) {
  layer.tensors.push_back({"weight", std::move(weight), Role::weight, fan_in, fan_out, layer.real("gain")});
  if (layer.flag("bias")) layer.tensors.push_back({"bias", {outputs}, Role::bias});
  if (layer.numbers.contains("spectral_norm") && layer.flag("spectral_norm"))
    layer.tensors.push_back({"spectral_u", {outputs}, Role::spectral});
}

void infer_dense(Layer& layer) {
  if (layer.in.size() != 1)
    refuse(str("needs a flat input, but gets ", shape_text(layer.in), "; put 'flatten' before it"));
  const std::int64_t units = layer.integer("units"), features = layer.in[0];
  layer.out = {units};
  add_weight(layer, {units, features}, units, features, units);
  layer.macs = product({units, features});
}

void infer_conv(Layer& layer) {
  const Shape in = as_image(layer.in);
  const std::int64_t filters = layer.integer("filters"), rows = layer.integer("kernel"),
                     columns = layer.columns("kernel"), s = layer.integer("stride"),
                     groups = layer.integer("groups");
  if (in[0] % groups != 0 || filters % groups != 0)
    refuse(str("has groups ", groups, ", which divide not both its ", in[0], " channels and its ", filters,
               " filters"));
  const std::int64_t seen = in[0] / groups;  // channels, by each filter
  const Sides pad = conv_padding(layer, in);
  layer.out = {filters, slides(layer, rows, in[1], pad.top + pad.bottom) / s + 1,
               slides(layer, columns, in[2], pad.left + pad.right) / s + 1};
  const std::int64_t cells = rows * columns;
  add_weight(layer, {filters, seen, rows, columns}, filters, seen * cells, filters / groups * cells);
  layer.macs = product({elements(layer.out), seen, cells});
}

void infer_conv_transpose(Layer& layer) {
  const Shape in = as_image(layer.in);
  const std::int64_t filters = layer.integer("filters"), rows = layer.integer("kernel"),
                     columns = layer.columns("kernel"), s = layer.integer("stride");
  const Sides cut = conv_transpose_padding(layer);
  layer.out = {filters, (in[1] - 1) * s + rows - cut.top - cut.bottom,
               (in[2] - 1) * s + columns - cut.left - cut.right};
  if (std::min(layer.out[1], layer.out[2]) <= 0)
    refuse(str("leaves nothing of the input ", shape_text(layer.in)));
  const std::int64_t cells = rows * columns;
  add_weight(layer, {in[0], filters, rows, columns}, filters, in[0] * cells, filters * cells);
  layer.macs = product({elements(in), filters, cells});
}

std::vector<std::int64_t> numbers_of(const Sides& sides) {
  return {sides.top, sides.bottom, sides.left, sides.right};
}

Operation weighted(const Layer& layer, const char* name, int in) {
  Operation made = operation_of(layer, name, {in}, {{"weight"}});
  if (layer.flag("bias")) made.tensors["bias"] = tensor_of(layer, "bias");
  if (layer.numbers.contains("spectral_norm") && layer.flag("spectral_norm"))
    made.spectral = tensor_of(layer, "spectral_u");
  return made;
}

int lower_dense(Lowering& lowering, const Layer& layer, int in) {
  return lowering.add(weighted(layer, "linear", in));
}

int lower_conv(Lowering& lowering, const Layer& layer, int in) {
  Operation conv = weighted(layer, "conv", in);
  conv.numbers = {{"stride", layer.real("stride")}, {"groups", layer.real("groups")}};
  conv.lists["pad"] = numbers_of(conv_padding(layer, as_image(layer.in)));
  return lowering.add(std::move(conv));
}

int lower_conv_transpose(Lowering& lowering, const Layer& layer, int in) {
  Operation conv = weighted(layer, "conv_transpose", in);
  conv.numbers = {{"stride", layer.real("stride")}};
  conv.lists["crop"] = numbers_of(conv_transpose_padding(layer));
  return lowering.add(std::move(conv));
}

}  // namespace

Sides conv_padding(const Layer& layer, const Shape& in) {
  if (!layer.padding.same) return layer.padding;
  const std::int64_t s = layer.integer("stride");
  const auto total = [&](std::int64_t cells, std::int64_t kernel) {
    return std::max<std::int64_t>(((cells + s - 1) / s - 1) * s + kernel - cells, 0);
  };
  const std::int64_t rows = total(in[1], layer.integer("kernel")),
                     columns = total(in[2], layer.columns("kernel"));
  return {true, rows / 2, rows - rows / 2, columns / 2, columns - columns / 2};  // the odd cell at the end
}

Sides conv_transpose_padding(const Layer& layer) {
  if (!layer.padding.same) return layer.padding;
  const std::int64_t k = std::min(layer.integer("kernel"), layer.columns("kernel")),
                     s = layer.integer("stride");
  if (k < s) refuse(str("with 'same' padding needs a kernel of at least its stride, ", s, ", not ", k));
  // The gradient of a 'same' convolution: output = input * stride.
  const std::int64_t rows = layer.integer("kernel") - s, columns = layer.columns("kernel") - s;
  return {true, rows / 2, rows - rows / 2, columns / 2, columns - columns / 2};
}

std::vector<LayerKind> product_layers() {
  return {
      {"dense",
       "a matrix product over a flat input",
       {{"units", kInteger, 1, 16 * kMaxWidth, nullptr, "output features"}, kBias, kGain, kSpectralNorm},
       infer_dense,
       lower_dense},
      {"conv", "a convolution",
       filters("cells added on the sides: a number, valid (0), same (as TensorFlow pads), or [top, bottom, "
               "left, right]",
               {kGroups, kSpectralNorm}),
       infer_conv, lower_conv},
      {"conv_transpose", "a transposed convolution (the gradient of a convolution)",
       filters("cells cut from the sides of the output: a number, valid (0), same (output = input * stride), "
               "or [top, bottom, left, right]"),
       infer_conv_transpose, lower_conv_transpose},
  };
}

}  // namespace facegan::spec
