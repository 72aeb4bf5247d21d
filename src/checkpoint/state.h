#pragma once
// Named tensors to and from safetensors. Internal: this header needs LibTorch.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "facegan/core/safetensors.h"

namespace facegan::checkpoint {

struct StateTensor {
  std::string name;
  at::Tensor tensor;
};

// The whole file in memory. Tensors are stored packed, row-major ([N, C, H, W] whatever their memory
// layout), from any device.
std::string serialise(const std::vector<StateTensor>& state, const core::Metadata& metadata);

// Copies the values of `file` into the tensors, keeping their device and memory layout. Nothing is
// copied unless everything fits: Error(checkpoint) names a missing tensor, a wrong shape or dtype, or
// (with exact) a tensor of the file that nobody asked for.
void restore(const core::SafetensorsFile& file, const std::string& file_name,
             const std::vector<StateTensor>& state, bool exact);

}  // namespace facegan::checkpoint
