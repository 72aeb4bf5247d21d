// Layers that change the shape, and those of several paths.
#include <cmath>

#include "facegan/core/text.h"
#include "facegan/spec/constants.h"
#include "spec/layers.h"

namespace facegan::spec {
namespace {

using core::str;
constexpr auto kInteger = ParameterType::integer;
constexpr auto kReal = ParameterType::real;
constexpr auto kWord = ParameterType::word;
constexpr auto kLayers = ParameterType::layers;

constexpr std::int64_t kMaxCells = 4096;  // of self-attention, which compares each with each

std::vector<Parameter> pool() {
  return {{"kernel", kInteger, 1, kMaxSide, nullptr, "side of the square window"},
          {"stride", kInteger, 0, kMaxSide, "0", "step of the window; 0 = its side"}};
}

std::vector<Parameter> zero_pad() {
  std::vector<Parameter> all;
  for (const char* side : {"top", "bottom", "left", "right"})
    all.push_back({side, kInteger, 0, kMaxSide, "0", "zeros on this side"});
  return all;
}

void infer_upsample(Layer& layer) {
  require_image(layer);
  const std::int64_t factor = layer.integer("factor");
  layer.out = {layer.in[0], layer.in[1] * factor, layer.in[2] * factor};
}

void infer_pool(Layer& layer) {
  require_image(layer);
  if (layer.integer("stride") == 0) layer.numbers["stride"] = layer.numbers["kernel"];
  const std::int64_t k = layer.integer("kernel"), s = layer.integer("stride");
  layer.out = {layer.in[0], slides(layer, k, layer.in[1], 0) / s + 1,
               slides(layer, k, layer.in[2], 0) / s + 1};
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
  layer.inside = 2 * cells * cells;  // before softmax and after
}

void infer_minibatch_stddev(Layer& layer) {
  require_image(layer);
  layer.out = {layer.in[0] + 1, layer.in[1], layer.in[2]};
}

int lower_zero_pad(Lowering& lowering, const Layer& layer, int in) {
  Operation pad = operation_of(layer, "pad", {in});
  for (const char* side : {"top", "bottom", "left", "right"}) pad.lists["pad"].push_back(layer.integer(side));
  return lowering.add(std::move(pad));
}

int lower_residual(Lowering& lowering, const Layer& layer, int in) {
  const int through = lowering.run(layer, "layers", in), past = lowering.run(layer, "skip", in);
  return lowering.add(operation_of(layer, "add", {through, past}));
}

int lower_self_attention(Lowering& lowering, const Layer& layer, int in) {
  const auto by = [&](const char* name, int value, std::int64_t channels) {
    Operation conv = operation_of(layer, "conv", {value});
    conv.tensors["weight"] = tensor_of(layer, name);
    conv.numbers = {{"stride", 1}, {"groups", 1}};
    conv.lists["pad"] = {0, 0, 0, 0};
    conv.out[0] = channels;
    return lowering.add(std::move(conv));
  };
  const std::int64_t channels = layer.in[0], inner = channels / layer.integer("reduction");
  const int query = by("query", in, inner), key = by("key", in, inner), value = by("value", in, inner);
  Operation attention = operation_of(layer, "attention", {query, key, value});
  attention.out[0] = inner;
  Operation gated = operation_of(layer, "scale", {by("out", lowering.add(std::move(attention)), channels)});
  gated.tensors["weight"] = tensor_of(layer, "gate");
  const int gate = lowering.add(std::move(gated));
  return lowering.add(operation_of(layer, "add", {in, gate}));
}

// Of a picture alone, as `score` and everything that is exported sees it: nothing varies.
int lower_minibatch_stddev(Lowering& lowering, const Layer& layer, int in) {
  Operation channel = operation_of(layer, "constant_channel", {in});
  channel.numbers["value"] = std::sqrt(kStddevEps);
  return lowering.add(std::move(channel));
}

}  // namespace

std::vector<LayerKind> shaping_layers() {
  return {
      {"upsample",
       "enlarges by a whole factor",
       {{"factor", kInteger, 1, 32, "2", "cells for each cell, along both axes"},
        {"mode",
         kWord,
         0,
         0,
         "nearest",
         "how cells are filled (bilinear: between the centres of cells)",
         {"nearest", "bilinear"}}},
       infer_upsample,
       lowered_as("upsample", {{}, {"factor"}, {"mode"}})},
      {"avg_pool", "means over windows", pool(), infer_pool,
       lowered_as("avg_pool", {{}, {"kernel", "stride"}})},
      {"max_pool", "largest values of windows", pool(), infer_pool,
       lowered_as("max_pool", {{}, {"kernel", "stride"}})},
      {"dropout",
       "in training, sets a share of the values to 0 and scales the rest",
       {{"rate", kReal, 0, 0.99, "0.5", "share of values set to 0"}},
       same_shape,
       leave},
      {"zero_pad", "adds rows and columns of zeros", zero_pad(), infer_zero_pad, lower_zero_pad},
      {"reshape",
       "the numbers of the input as channels x height x width",
       {{"channels", kInteger, 1, kMaxWidth, nullptr, "channels"},
        {"height", kInteger, 1, kMaxWidth, nullptr, "rows"},
        {"width", kInteger, 1, kMaxWidth, nullptr, "columns"}},
       infer_reshape,
       lowered_as("reshape")},
      {"flatten",
       "channels x height x width as one row of numbers",
       {},
       infer_flatten,
       lowered_as("reshape")},
      {"residual",
       "the sum of two paths over the same input (He et al. 2016)",
       {{"layers", kLayers, 0, 0, nullptr, "the layers of one path"},
        {"skip", kLayers, 0, 0, "", "the layers of the other; none: the input itself"}},
       infer_residual,
       lower_residual},
      {"self_attention",
       "adds what other cells hold, by gate * out(softmax(query * key) * value) (Zhang et al. 2019)",
       {{"reduction", kInteger, 1, 1024, "8", "divides the channels inside"}},
       infer_self_attention,
       lower_self_attention},
      {"minibatch_stddev",
       "adds a channel with the spread over a group of pictures (Karras et al. 2018)",
       {{"group", kInteger, 1, 1024, "4",
         "pictures a group; the largest number up to it that divides the batch"}},
       infer_minibatch_stddev,
       lower_minibatch_stddev},
  };
}

}  // namespace facegan::spec
