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

}  // namespace facegan::nn
