// The table of layer kinds: one row each. nn/forward.cpp has the function of each row.
#include <algorithm>
#include <initializer_list>

#include "facegan/core/text.h"
#include "facegan/spec/network.h"

namespace facegan::spec {
namespace {

using core::str;
constexpr auto kInteger = ParameterType::integer;
constexpr auto kReal = ParameterType::real;
constexpr auto kBoolean = ParameterType::boolean;
constexpr double kMaxWidth = 65536;

[[noreturn]] void refuse(const std::string& why) {
  throw why;
}

// [F] counts as [F, 1, 1] where an image is needed.
Shape as_image(const Shape& in) {
  return in.size() == 1 ? Shape{in[0], 1, 1} : in;
}

// Costs are for estimates: too large a product stays at the largest number.
std::int64_t product(std::initializer_list<std::int64_t> factors) {
  std::int64_t value = 1;
  for (auto f : factors)
    if (__builtin_mul_overflow(value, f, &value)) return INT64_MAX;
  return value;
}

void same_shape(Layer& layer) {
  layer.out = layer.in;
}

void infer_dense(Layer& layer) {
  if (layer.in.size() != 1)
    refuse(str("needs a flat input, but gets ", shape_text(layer.in), "; put 'flatten' before it"));
  const std::int64_t units = layer.integer("units"), features = layer.in[0];
  layer.out = {units};
  layer.tensors.push_back({"weight", {units, features}, Role::weight, features, units});
  if (layer.flag("bias")) layer.tensors.push_back({"bias", {units}, Role::bias});
  layer.macs = product({units, features});
}

void add_filter_tensors(Layer& layer, Shape weight, std::int64_t fan_in, std::int64_t fan_out) {
  layer.tensors.push_back({"weight", std::move(weight), Role::weight, fan_in, fan_out});
  if (layer.flag("bias")) layer.tensors.push_back({"bias", {layer.integer("filters")}, Role::bias});
}

void infer_conv(Layer& layer) {
  const Shape in = as_image(layer.in);
  const std::int64_t filters = layer.integer("filters"), k = layer.integer("kernel"),
                     s = layer.integer("stride");
  Shape out = {filters, 0, 0};
  for (int axis : {1, 2}) {
    const Padding pad = conv_padding(layer, in[axis]);
    const std::int64_t room = in[axis] + pad.before + pad.after - k;
    if (room < 0) refuse(str("a kernel of ", k, " does not fit into the input ", shape_text(layer.in)));
    out[axis] = room / s + 1;
  }
  layer.out = out;
  add_filter_tensors(layer, {filters, in[0], k, k}, in[0] * k * k, filters * k * k);
  layer.macs = product({elements(out), in[0], k, k});
}

void infer_conv_transpose(Layer& layer) {
  const Shape in = as_image(layer.in);
  const std::int64_t filters = layer.integer("filters"), k = layer.integer("kernel"),
                     s = layer.integer("stride");
  Shape out = {filters, 0, 0};
  for (int axis : {1, 2}) {
    const Padding pad = conv_transpose_padding(layer);
    out[axis] = (in[axis] - 1) * s + k - pad.before - pad.after;
    if (out[axis] <= 0) refuse(str("leaves nothing of the input ", shape_text(layer.in)));
  }
  layer.out = out;
  add_filter_tensors(layer, {in[0], filters, k, k}, in[0] * k * k, filters * k * k);
  layer.macs = product({elements(in), filters, k, k});
}

// [F]: each feature; [C, H, W]: each channel.
void infer_batch_norm(Layer& layer) {
  layer.out = layer.in;
  const Shape channels = {layer.in[0]};
  layer.tensors = {{"weight", channels, Role::norm_scale},
                   {"bias", channels, Role::norm_shift},
                   {"running_mean", channels, Role::running_mean},
                   {"running_var", channels, Role::running_var}};
}

void infer_reshape(Layer& layer) {
  layer.out = {layer.integer("channels"), layer.integer("height"), layer.integer("width")};
  if (elements(layer.out) != elements(layer.in))
    refuse(str("cannot make ", shape_text(layer.out), " (", elements(layer.out), " numbers) from ",
               shape_text(layer.in), " (", elements(layer.in), ")"));
}

void infer_flatten(Layer& layer) {
  layer.out = {elements(layer.in)};
}

std::vector<Parameter> filter_parameters() {
  return {
      {"filters", kInteger, 1, kMaxWidth, nullptr, "output channels"},
      {"kernel", kInteger, 1, 64, nullptr, "side of the square kernel"},
      {"stride", kInteger, 1, 16, "1", "step of the kernel"},
      {"padding", kInteger, 0, 64, "0", "cells added on each side, or 'same' as TensorFlow pads", {"same"}},
      {"bias", kBoolean, 0, 1, "true", "whether a bias is added"}};
}

}  // namespace

Padding conv_padding(const Layer& layer, std::int64_t in) {
  const std::int64_t pad = layer.integer("padding"), k = layer.integer("kernel"), s = layer.integer("stride");
  if (pad >= 0) return {pad, pad};
  const std::int64_t out = (in + s - 1) / s;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * s + k - in, 0);
  return {total / 2, total - total / 2};  // the odd cell goes to the bottom and right
}

Padding conv_transpose_padding(const Layer& layer) {
  const std::int64_t pad = layer.integer("padding"), k = layer.integer("kernel"), s = layer.integer("stride");
  if (pad >= 0) return {pad, pad};
  if (k < s) throw str("with 'same' padding needs a kernel of at least its stride, ", s, ", not ", k);
  return {(k - s) / 2,
          (k - s) - (k - s) / 2};  // the gradient of a 'same' convolution: output = input * stride
}

const std::vector<LayerKind>& layer_kinds() {
  static const std::vector<LayerKind> kinds = {
      {"dense",
       "a matrix product over a flat input",
       {{"units", kInteger, 1, 16 * kMaxWidth, nullptr, "output features"},
        {"bias", kBoolean, 0, 1, "true", "whether a bias is added"}},
       infer_dense},
      {"conv", "a convolution", filter_parameters(), infer_conv},
      {"conv_transpose", "a transposed convolution (the gradient of a convolution)", filter_parameters(),
       infer_conv_transpose},
      {"batch_norm",
       "batch normalisation of channels, or of features when the input is flat",
       {{"eps", kReal, 1e-12, 1, "1e-5", "added to the variance"},
        {"momentum", kReal, 0, 1, "0.1",
         "share of the new batch in the running statistics (PyTorch's sense)"},
        {"variance",
         ParameterType::word,
         0,
         0,
         "unbiased",
         "batch variance in the running statistics (Keras: biased)",
         {"unbiased", "biased"}}},
       infer_batch_norm},
      {"relu", "max(x, 0)", {}, same_shape},
      {"leaky_relu",
       "x, or slope * x below 0",
       {{"slope", kReal, 0, 1, "0.2", "factor below 0"}},
       same_shape},
      {"tanh", "hyperbolic tangent", {}, same_shape},
      {"dropout",
       "in training, sets a share of the values to 0 and scales the rest",
       {{"rate", kReal, 0, 0.99, "0.5", "share of values set to 0"}},
       same_shape},
      {"reshape",
       "the numbers of the input as channels x height x width",
       {{"channels", kInteger, 1, kMaxWidth, nullptr, "channels"},
        {"height", kInteger, 1, kMaxWidth, nullptr, "rows"},
        {"width", kInteger, 1, kMaxWidth, nullptr, "columns"}},
       infer_reshape},
      {"flatten", "channels x height x width as one row of numbers", {}, infer_flatten},
  };
  return kinds;
}

}  // namespace facegan::spec
