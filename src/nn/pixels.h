#pragma once
// Bytes of pictures and what networks take and give for them.
#include <ATen/core/Tensor.h>

namespace facegan::nn {

// Bytes [N, H, W, C] -> floats [N, C, H, W] in [-1, 1], channels-last: x / 127.5 - 1.
inline at::Tensor to_floats(const at::Tensor& bytes) {
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat).mul_(1 / 127.5).sub_(1);
}

// Floats [N, C, H, W] -> bytes [N, H, W, C] in host memory, rounded; what is not in [-1, 1] is cut.
inline at::Tensor to_bytes(const at::Tensor& pictures) {
  const at::Tensor levels = pictures.permute({0, 2, 3, 1}).add(1).mul(127.5).round().clamp(0, 255);
  return levels.to(at::kByte).to(at::kCPU).contiguous();
}

}  // namespace facegan::nn
