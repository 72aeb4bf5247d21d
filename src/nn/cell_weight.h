#pragma once
// The weight by which a transposed convolution does what doubling a picture and convolving it does.
#include <ATen/core/Tensor.h>

namespace facegan::nn {

// [O, C, k, k] for the doubled picture -> [C, O, k + 1, k + 1] for its cells, both channels-last, on the CPU:
// a cell lies under two rows and two columns of the kernel at once, whose weights add up. Sums of bf16 are in
// fp32.
at::Tensor weight_for_cells(const at::Tensor& weight);

}  // namespace facegan::nn
