// Both kinds of convolution lie between a picture [N, P, H, W] and a smaller one of cells [N, Q, h, w], by a
// weight [Q, P, k, k]: one goes from the picture to the cells, the transposed one back, and each gives the
// gradient of the other's input. Here are a sub-pixel convolution (Shi et al. 2016) for the transposed one
// and an unfolded picture (im2col) for the gradient of the weight, where they are faster; docs/benchmarks.md
// ("Pictures") has figures.
#include "nn/convolution.h"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <optional>

#include "nn/cell_weight.h"

namespace facegan::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using Tensors = torch::autograd::variable_list;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

// oneDNN computes three channels as slowly as sixteen.
constexpr std::int64_t kFewChannels = 4;
// Rows of cells up to which oneDNN's weight gradient in bf16 has half of the rate of a matrix product.
constexpr std::int64_t kShortRow = 4;
// In fp32 the product wins where cells are few beside channels: what oneDNN's way costs besides is to bring a
// gradient as large as the weight into the order of the weight, and what it costs to unfold grows with cells.
// At four times it wins, at eight it no longer does; for a kernel of 1 there is nothing to win.
constexpr std::int64_t kCellsPerChannel = 4;

bool goes_by_sub_pixels(const Tensor& weight, Window w) {
  return weight.device().is_cpu() && weight.size(1) <= kFewChannels && weight.size(2) == 4 &&
         weight.size(3) == 4 && w.stride == 2 && w.padding == 1;
}

// count, row: cells, and those of a row.
bool unfolds(const Tensor& weight, std::int64_t count, std::int64_t row) {
  if (!weight.device().is_cpu() || weight.size(2) != weight.size(3)) return false;
  if (weight.scalar_type() == at::kBFloat16) return row <= kShortRow;
  return weight.scalar_type() == at::kFloat && weight.size(2) > 1 &&
         count <= kCellsPerChannel * weight.size(0);
}

// From cells to a picture of twice their size: a cell becomes 2x2 pixels, each by 2x2 cells and another
// quarter of the weight; together one convolution of 3x3 cells to four times the channels.
Tensor sub_pixel_convolve(const Tensor& cells, const Tensor& weight, const Tensor& bias) {
  const std::int64_t n = cells.size(0), h = cells.size(2), w = cells.size(3), channels = weight.size(1);
  // Through which row of the kernel the upper pixels see the cell above, their own and the one below; then
  // the lower ones. Row 4 is zero.
  constexpr std::array<std::int64_t, 6> kRows = {3, 1, 4, 4, 2, 0};
  const Tensor rows = at::tensor(at::IntArrayRef(kRows), at::kLong);
  const Tensor quarters = at::constant_pad_nd(weight, {0, 1, 0, 1})
                              .index_select(2, rows)
                              .index_select(3, rows)
                              .view({weight.size(0), channels, 2, 3, 2, 3})
                              .permute({2, 4, 1, 0, 3, 5})
                              .reshape({4 * channels, weight.size(0), 3, 3})
                              .contiguous(kChannelsLast);
  return at::conv2d(cells, quarters, bias.defined() ? bias.repeat({4}) : bias, {1, 1}, {1, 1})
      .permute({0, 2, 3, 1})
      .reshape({n, h, w, 2, 2, channels})
      .permute({0, 1, 3, 2, 4, 5})
      .reshape({n, 2 * h, 2 * w, channels})
      .permute({0, 3, 1, 2});
}

Tensor convolve(const Tensor& picture, const Tensor& weight, const Tensor& bias, Window w) {
  return at::conv2d(picture, weight, bias, {w.stride, w.stride}, {w.padding, w.padding});
}

Tensor convolve_transposed(const Tensor& cells, const Tensor& weight, const Tensor& bias, Window w) {
  if (goes_by_sub_pixels(weight, w)) return sub_pixel_convolve(cells, weight, bias);
  return at::conv_transpose2d(cells, weight, bias, {w.stride, w.stride}, {w.padding, w.padding});
}

// One product: cells [Q, N h w] by what each cell sees of its picture [N h w, k k P].
Tensor weight_gradient(const Tensor& picture, const Tensor& cells, const Tensor& weight, Window w) {
  const std::int64_t k = weight.size(2), p = w.padding, s = w.stride, channels = picture.size(1);
  if (!unfolds(weight, cells.numel() / cells.size(1), cells.size(3)))
    return std::get<1>(at::convolution_backward(cells, picture, weight, c10::nullopt, {s, s}, {p, p}, {1, 1},
                                                false, {0, 0}, 1, {false, true, false}));
  const Tensor padded =
      at::constant_pad_nd(picture, {p, p, p, p}).permute({0, 2, 3, 1}).contiguous();  // [N, H, W, P]
  const std::int64_t row = padded.size(2) * channels;
  const Tensor unfolded = padded
                              .as_strided({cells.size(0), cells.size(2), cells.size(3), k, k, channels},
                                          {padded.size(1) * row, s * row, s * channels, row, channels, 1})
                              .reshape({-1, k * k * channels});
  const Tensor flat = cells.permute({0, 2, 3, 1}).reshape({-1, cells.size(1)});
  return at::mm(flat.t(), unfolded).view({-1, k, k, channels}).permute({0, 3, 1, 2});
}

// Both kinds: from x, a picture, to cells, or transposed from x, cells, to a picture.
struct EitherConvolution : torch::autograd::Function<EitherConvolution> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias, std::int64_t stride, std::int64_t padding,
                        bool transposed) {
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    context->saved_data["transposed"] = transposed;
    context->saved_data["bias"] = bias.has_value();
    return (transposed ? convolve_transposed : convolve)(x, weight, bias.value_or(Tensor()),
                                                         {stride, padding});
  }
  static Tensors backward(AutogradContext* context, const Tensors& of_output) {
    const auto kept = context->get_saved_variables();
    const Tensor &x = kept[0], &weight = kept[1], g = of_output[0].contiguous(kChannelsLast);
    const Window w{context->saved_data["stride"].toInt(), context->saved_data["padding"].toInt()};
    const bool transposed = context->saved_data["transposed"].toBool();
    Tensors out(6);  // x, weight, bias; the others have none
    if (context->needs_input_grad(0))
      out[0] = (transposed ? convolve : convolve_transposed)(g, weight, {}, w);
    if (context->needs_input_grad(1))
      out[1] = transposed ? weight_gradient(g, x, weight, w) : weight_gradient(x, g, weight, w);
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) out[2] = g.sum({0, 2, 3});
    return out;
  }
};

// autograd knows no undefined tensors.
std::optional<Tensor> given(const Tensor& bias) {
  return bias.defined() ? std::optional(bias) : std::nullopt;
}

bool has_faster_way(const Tensor& weight, std::int64_t count, std::int64_t row, Window w) {
  return goes_by_sub_pixels(weight, w) || unfolds(weight, count, row);
}

}  // namespace

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, Window w) {
  // Pixels that no cell sees would be missing in the gradient.
  const auto way = [&](int side) { return x.size(side) + 2 * w.padding - weight.size(side); };
  const bool sees_all = way(2) % w.stride == 0 && way(3) % w.stride == 0;
  const std::int64_t rows = way(2) / w.stride + 1, row = way(3) / w.stride + 1;
  if (sees_all && has_faster_way(weight, x.size(0) * rows * row, row, w))
    return EitherConvolution::apply(x, weight, given(bias), w.stride, w.padding, /*transposed=*/false);
  return convolve(x, weight, bias, w);
}

Tensor transposed_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, Window w) {
  if (has_faster_way(weight, x.numel() / x.size(1), x.size(3), w))
    return EitherConvolution::apply(x, weight, given(bias), w.stride, w.padding, /*transposed=*/true);
  return convolve_transposed(x, weight, bias, w);
}

Tensor convolution_of_doubled(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return transposed_convolution(x, weight_for_cells(weight), bias, {2, (weight.size(2) - 1) / 2});
}

}  // namespace facegan::nn
