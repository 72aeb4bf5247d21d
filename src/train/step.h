#pragma once
// One training step: the D and G phases as data. No I/O and no host synchronisation in here.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/losses.h"
#include "train/model.h"

namespace facegan::train {

// What one step needs besides the model.
struct StepInput {
  at::Tensor real;     // [N, C, H, W] in [-1, 1], channels-last
  at::Tensor z;        // [N, z]
  std::uint64_t step;  // steps done before this one
};

// An update order.
struct UpdateOrder {
  const char* name;  // as in spec/catalogue.h
  void (*run)(Model& model, const Loss& loss, const StepInput& input, std::uint64_t seed);
};
const std::vector<UpdateOrder>& update_orders();
const UpdateOrder& find_update_order(const std::string& name);

// z of a training step: [batch, z], a function of (seed, step); picture i of the batch has row i.
at::Tensor draw_latents(std::uint64_t seed, std::uint64_t step, std::int64_t batch, std::int64_t z);

// Copies from host memory that may be reused at once; on CUDA without waiting for the device.
at::Tensor upload(const at::Tensor& host, at::Device device);

// Bytes [N, H, W, C] -> floats [N, C, H, W] in [-1, 1] on the device: x / 127.5 - 1.
at::Tensor to_device(const unsigned char* pixels, std::int64_t n, std::int64_t size, std::int64_t channels,
                     at::Device device);

}  // namespace facegan::train
