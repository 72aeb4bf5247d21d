#pragma once
// Named tensors to and from safetensors. Internal: this header needs LibTorch.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "facegan/core/safetensors.h"
#include "facegan/spec/network.h"

namespace facegan::checkpoint {

struct StateTensor {
  std::string name;
  at::Tensor tensor;
};

// The whole file in memory, for a writer that works while training goes on. Tensors are stored packed,
// row-major ([N, C, H, W] whatever their memory layout), from any device.
std::string serialise(const std::vector<StateTensor>& state, const core::Metadata& metadata);

// Row-major in host memory; shares memory with the tensor where it already is.
at::Tensor packed(const at::Tensor& tensor);

// Copies the values of `file` into the tensors, keeping their device and memory layout. Nothing is
// copied unless everything fits: Error(checkpoint) names a missing tensor, a wrong shape or dtype, or
// (with exact) a tensor of the file that nobody asked for.
void restore(const core::SafetensorsFile& file, const std::string& file_name,
             const std::vector<StateTensor>& state, bool exact);

// What a network will look like, before memory is taken for it.
struct TensorShape {
  std::string name;
  std::vector<std::int64_t> shape;
};
// A network's tensors as a checkpoint holds them: "g.3.weight".
std::vector<TensorShape> shapes_of(const spec::Network& network, const std::string& prefix);
// Error(checkpoint) names the first few tensors that the file lacks or has in another shape.
void check_shapes(const core::SafetensorsFile& file, const std::string& file_name,
                  const std::vector<TensorShape>& wanted);

}  // namespace facegan::checkpoint
