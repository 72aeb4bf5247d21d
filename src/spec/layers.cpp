// The table of layer kinds: one row each. nn/forward.cpp has the function of each row.
#include "spec/shapes.h"

namespace facegan::spec {
namespace {

constexpr auto kInteger = ParameterType::integer;
constexpr auto kReal = ParameterType::real;
constexpr auto kBoolean = ParameterType::boolean;
constexpr auto kWord = ParameterType::word;
constexpr auto kSides = ParameterType::sides;
constexpr auto kLayers = ParameterType::layers;
constexpr double kMaxWidth = 65536, kMaxSide = 64;

const Parameter kBias = {"bias", kBoolean, 0, 1, "true", "whether a bias is added"};
const Parameter kSpectralNorm = {"spectral_norm",
                                 kBoolean,
                                 0,
                                 1,
                                 "false",
                                 "divide the weight by its largest singular value (Miyato et al. 2018)"};

std::vector<Parameter> filters(const char* padding_help, std::vector<Parameter> more = {}) {
  std::vector<Parameter> all = {{"filters", kInteger, 1, kMaxWidth, nullptr, "output channels"},
                                {"kernel", kInteger, 1, kMaxSide, nullptr, "side of the square kernel"},
                                {"stride", kInteger, 1, 16, "1", "step of the kernel"},
                                {"padding", kSides, 0, kMaxSide, "0", padding_help},
                                kBias};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<Parameter> pool() {
  return {{"kernel", kInteger, 1, kMaxSide, nullptr, "side of the square window"},
          {"stride", kInteger, 0, kMaxSide, "0", "step of the window; 0 = its side"}};
}

Parameter eps(const char* fallback) {
  return {"eps", kReal, 1e-12, 1, fallback, "added to the variance"};
}

std::vector<Parameter> zero_pad() {
  std::vector<Parameter> all;
  for (const char* side : {"top", "bottom", "left", "right"})
    all.push_back({side, kInteger, 0, kMaxSide, "0", "zeros on this side"});
  return all;
}

}  // namespace

const std::vector<LayerKind>& layer_kinds() {
  static const std::vector<LayerKind> kinds = {
      {"dense",
       "a matrix product over a flat input",
       {{"units", kInteger, 1, 16 * kMaxWidth, nullptr, "output features"}, kBias, kSpectralNorm},
       infer_dense},
      {"conv", "a convolution",
       filters("cells added on the sides: a number, valid (0), same (as TensorFlow pads), or [top, bottom, "
               "left, right]",
               {kSpectralNorm}),
       infer_conv},
      {"conv_transpose", "a transposed convolution (the gradient of a convolution)",
       filters("cells cut from the sides of the output: a number, valid (0), same (output = input * stride), "
               "or [top, bottom, left, right]"),
       infer_conv_transpose},
      {"batch_norm",
       "batch normalisation of channels, or of features when the input is flat (Ioffe, Szegedy 2015)",
       {eps("1e-5"),
        {"momentum", kReal, 0, 1, "0.1",
         "share of the new batch in the running statistics (PyTorch's sense; Keras' 0.99 is 0.01)"},
        {"variance",
         kWord,
         0,
         0,
         "unbiased",
         "batch variance in the running statistics (Keras: biased)",
         {"unbiased", "biased"}}},
       infer_batch_norm},
      {"instance_norm",
       "normalises each channel of each picture (Ulyanov et al. 2016)",
       {eps("1e-5")},
       infer_instance_norm},
      {"layer_norm",
       "normalises each picture as a whole; scale and shift per channel (Ba et al. 2016)",
       {eps("1e-5")},
       infer_affine_norm},
      {"pixel_norm",
       "divides each cell by the root of its mean square over channels (Karras et al. 2018)",
       {{"eps", kReal, 1e-12, 1, "1e-8", "added to the mean square"}},
       same_shape},
      {"relu", "max(x, 0)", {}, same_shape},
      {"leaky_relu",
       "x, or slope * x below 0",
       {{"slope", kReal, 0, 1, "0.2", "factor below 0"}},
       same_shape},
      {"tanh", "hyperbolic tangent", {}, same_shape},
      {"sigmoid", "1 / (1 + exp(-x))", {}, same_shape},
      {"elu",
       "x, or alpha * (exp(x) - 1) below 0",
       {{"alpha", kReal, 0, 10, "1", "factor below 0"}},
       same_shape},
      {"silu", "x * sigmoid(x)", {}, same_shape},
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
       infer_upsample},
      {"avg_pool", "means over windows", pool(), infer_pool},
      {"max_pool", "largest values of windows", pool(), infer_pool},
      {"dropout",
       "in training, sets a share of the values to 0 and scales the rest",
       {{"rate", kReal, 0, 0.99, "0.5", "share of values set to 0"}},
       same_shape},
      {"zero_pad", "adds rows and columns of zeros", zero_pad(), infer_zero_pad},
      {"reshape",
       "the numbers of the input as channels x height x width",
       {{"channels", kInteger, 1, kMaxWidth, nullptr, "channels"},
        {"height", kInteger, 1, kMaxWidth, nullptr, "rows"},
        {"width", kInteger, 1, kMaxWidth, nullptr, "columns"}},
       infer_reshape},
      {"flatten", "channels x height x width as one row of numbers", {}, infer_flatten},
      {"residual",
       "the sum of two paths over the same input (He et al. 2016)",
       {{"layers", kLayers, 0, 0, nullptr, "the layers of one path"},
        {"skip", kLayers, 0, 0, "", "the layers of the other; none: the input itself"}},
       infer_residual},
      {"self_attention",
       "adds what other cells hold, by gate * out(softmax(query * key) * value) (Zhang et al. 2019)",
       {{"reduction", kInteger, 1, 1024, "8", "divides the channels inside"}},
       infer_self_attention},
      {"minibatch_stddev",
       "adds a channel with the spread over a group of pictures (Karras et al. 2018)",
       {{"group", kInteger, 1, 1024, "4",
         "pictures a group; the largest number up to it that divides the batch"}},
       infer_minibatch_stddev},
  };
  return kinds;
}

}  // namespace facegan::spec
