#include "spec/shapes.h"

#include <algorithm>
#include <initializer_list>

#include "facegan/core/text.h"

namespace facegan::spec {
namespace {

using core::str;
constexpr std::int64_t kMaxCells = 4096;  // of self-attention, which compares each with each

[[noreturn]] void refuse(const std::string& why) {
  throw why;
}

// [F] counts as [F, 1, 1] where an image is needed.
Shape as_image(const Shape& in) {
  return in.size() == 1 ? Shape{in[0], 1, 1} : in;
}

void require_image(const Layer& layer) {
  if (layer.in.size() != 3)
    refuse(str("needs a picture (channels x height x width), but gets ", shape_text(layer.in),
               "; put 'reshape' before it"));
}

// Costs are for estimates: too large a product stays at the largest number.
std::int64_t product(std::initializer_list<std::int64_t> factors) {
  std::int64_t value = 1;
  for (auto f : factors)
    if (__builtin_mul_overflow(value, f, &value)) return INT64_MAX;
  return value;
}

// A weight with what belongs to it: the bias, and u of the spectral norm (Miyato et al. 2018), one
// number for each of its rows.
void add_weight(Layer& layer, Shape weight, std::int64_t outputs, std::int64_t fan_in, std::int64_t fan_out) {
  layer.tensors.push_back({"weight", std::move(weight), Role::weight, fan_in, fan_out});
  if (layer.flag("bias")) layer.tensors.push_back({"bias", {outputs}, Role::bias});
  if (layer.numbers.contains("spectral_norm") && layer.flag("spectral_norm"))
    layer.tensors.push_back({"spectral_u", {outputs}, Role::spectral});
}

// A kernel that slides over the input, padding included.
std::int64_t slides(const Layer& layer, std::int64_t cells, std::int64_t padding) {
  const std::int64_t k = layer.integer("kernel"), room = cells + padding - k;
  if (room < 0) refuse(str("a kernel of ", k, " does not fit into the input ", shape_text(layer.in)));
  return room;
}

}  // namespace

void same_shape(Layer& layer) {
  layer.out = layer.in;
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
  const std::int64_t filters = layer.integer("filters"), k = layer.integer("kernel"),
                     s = layer.integer("stride");
  const Sides pad = conv_padding(layer, in);
  layer.out = {filters, slides(layer, in[1], pad.top + pad.bottom) / s + 1,
               slides(layer, in[2], pad.left + pad.right) / s + 1};
  add_weight(layer, {filters, in[0], k, k}, filters, in[0] * k * k, filters * k * k);
  layer.macs = product({elements(layer.out), in[0], k, k});
}

void infer_conv_transpose(Layer& layer) {
  const Shape in = as_image(layer.in);
  const std::int64_t filters = layer.integer("filters"), k = layer.integer("kernel"),
                     s = layer.integer("stride");
  const Sides cut = conv_transpose_padding(layer);
  layer.out = {filters, (in[1] - 1) * s + k - cut.top - cut.bottom,
               (in[2] - 1) * s + k - cut.left - cut.right};
  if (std::min(layer.out[1], layer.out[2]) <= 0)
    refuse(str("leaves nothing of the input ", shape_text(layer.in)));
  add_weight(layer, {in[0], filters, k, k}, filters, in[0] * k * k, filters * k * k);
  layer.macs = product({elements(in), filters, k, k});
}

void infer_affine_norm(Layer& layer) {
  layer.out = layer.in;
  const Shape channels = {layer.in[0]};
  layer.tensors = {{"weight", channels, Role::norm_scale}, {"bias", channels, Role::norm_shift}};
}

// [F]: each feature; [C, H, W]: each channel.
void infer_batch_norm(Layer& layer) {
  infer_affine_norm(layer);
  layer.tensors.push_back({"running_mean", {layer.in[0]}, Role::running_mean});
  layer.tensors.push_back({"running_var", {layer.in[0]}, Role::running_var});
}

void infer_instance_norm(Layer& layer) {
  require_image(layer);
  if (layer.in[1] * layer.in[2] == 1)
    refuse(str("cannot normalise single cells, it gets ", shape_text(layer.in)));
  infer_affine_norm(layer);
}

void infer_upsample(Layer& layer) {
  require_image(layer);
  const std::int64_t factor = layer.integer("factor");
  layer.out = {layer.in[0], layer.in[1] * factor, layer.in[2] * factor};
}

void infer_pool(Layer& layer) {
  require_image(layer);
  if (layer.integer("stride") == 0) layer.numbers["stride"] = layer.numbers["kernel"];
  const std::int64_t s = layer.integer("stride");
  layer.out = {layer.in[0], slides(layer, layer.in[1], 0) / s + 1, slides(layer, layer.in[2], 0) / s + 1};
}

void infer_zero_pad(Layer& layer) {
  require_image(layer);
  layer.out = {layer.in[0], layer.in[1] + layer.integer("top") + layer.integer("bottom"),
               layer.in[2] + layer.integer("left") + layer.integer("right")};
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

void infer_residual(Layer& layer) {
  const auto end = [&](const char* name) {
    const auto branch = layer.branches.find(name);
    return branch == layer.branches.end() || branch->second.empty() ? layer.in : branch->second.back().out;
  };
  if (layer.branches["layers"].empty()) refuse("has no layers inside");
  layer.out = end("layers");
  if (end("skip") != layer.out)
    refuse(str("cannot add ", shape_text(layer.out), " of its layers and ", shape_text(end("skip")),
               " of its skip path; give 'skip' layers that make the same shape"));
}

void infer_self_attention(Layer& layer) {
  require_image(layer);
  const std::int64_t channels = layer.in[0], cells = layer.in[1] * layer.in[2],
                     reduction = layer.integer("reduction");
  if (channels % reduction != 0)
    refuse(str("needs channels that its reduction ", reduction, " divides, but gets ", shape_text(layer.in)));
  if (cells > kMaxCells)
    refuse(str("compares ", cells, " cells with each other, more than ", kMaxCells,
               "; put it where the picture is smaller"));
  const std::int64_t inner = channels / reduction;
  layer.out = layer.in;
  for (const char* name : {"query", "key", "value"})
    layer.tensors.push_back({name, {inner, channels, 1, 1}, Role::weight, channels, inner});
  layer.tensors.push_back({"out", {channels, inner, 1, 1}, Role::weight, inner, channels});
  layer.tensors.push_back({"gate", {1}, Role::bias});
  layer.macs = product({cells, inner, 4 * channels + 2 * cells});
}

void infer_minibatch_stddev(Layer& layer) {
  require_image(layer);
  layer.out = {layer.in[0] + 1, layer.in[1], layer.in[2]};
}

void for_each_layer(const std::vector<Layer>& layers, const std::function<void(const Layer&)>& visit) {
  for (const Layer& layer : layers) {
    visit(layer);
    for (const auto& [name, branch] : layer.branches) for_each_layer(branch, visit);
  }
}

Sides conv_padding(const Layer& layer, const Shape& in) {
  if (!layer.padding.same) return layer.padding;
  const std::int64_t k = layer.integer("kernel"), s = layer.integer("stride");
  const auto total = [&](std::int64_t cells) {
    return std::max<std::int64_t>(((cells + s - 1) / s - 1) * s + k - cells, 0);
  };
  const std::int64_t rows = total(in[1]), columns = total(in[2]);
  return {true, rows / 2, rows - rows / 2, columns / 2, columns - columns / 2};  // the odd cell at the end
}

Sides conv_transpose_padding(const Layer& layer) {
  if (!layer.padding.same) return layer.padding;
  const std::int64_t k = layer.integer("kernel"), s = layer.integer("stride");
  if (k < s) refuse(str("with 'same' padding needs a kernel of at least its stride, ", s, ", not ", k));
  const std::int64_t cut = k - s;  // the gradient of a 'same' convolution: output = input * stride
  return {true, cut / 2, cut - cut / 2, cut / 2, cut - cut / 2};
}

}  // namespace facegan::spec
