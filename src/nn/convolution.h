#pragma once
// Convolutions, with faster ways than LibTorch's where those leave much of the processor idle.
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace facegan::nn {

struct Window {
  std::int64_t stride, padding;  // pixels of the larger picture, the same on all sides
};

// As at::conv2d. x: [N, C, H, W]; weight: [O, C, k, k]; bias: [O] or undefined.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Window window);

// As at::conv_transpose2d. x: [N, C, H, W]; weight: [C, O, k, k]; bias: [O] or undefined.
at::Tensor transposed_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                  Window window);

// As at::conv2d, with a padding of (k - 1) / 2, of x with each pixel doubled in both directions (nearest),
// which is never made: k + 1 by k + 1 weights at every other pixel are fewer than half of the products. x:
// [N, C, H, W]; weight: [O, C, k, k], k odd; bias: [O] or undefined. Gives [N, O, 2 H, 2 W].
at::Tensor convolution_of_doubled(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace facegan::nn
