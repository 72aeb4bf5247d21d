#include "nn/pixels.h"

namespace facegan::nn {

at::Tensor to_floats(const at::Tensor& bytes) {
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat).mul_(1 / 127.5).sub_(1);
}

at::Tensor to_bytes(const at::Tensor& pictures) {
  return pictures.permute({0, 2, 3, 1})
      .add(1)
      .mul(127.5)
      .round()
      .clamp(0, 255)
      .to(at::kByte)
      .to(at::kCPU)
      .contiguous();
}

}  // namespace facegan::nn
