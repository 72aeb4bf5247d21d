#pragma once
// Bytes of pictures and what networks take and give for them.
#include <ATen/core/Tensor.h>

namespace facegan::nn {

// Bytes [N, H, W, C] -> floats [N, C, H, W] in [-1, 1], channels-last: x / 127.5 - 1.
at::Tensor to_floats(const at::Tensor& bytes);
// Floats [N, C, H, W] in [-1, 1] -> bytes [N, H, W, C] in host memory, rounded.
at::Tensor to_bytes(const at::Tensor& pictures);

}  // namespace facegan::nn
