#pragma once
// One training step: the D and G phases as data. No I/O and no host synchronisation in here.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "nn/network.h"
#include "train/adam.h"
#include "train/losses.h"

namespace facegan::train {

// Sums over the steps since the last log line, on the device: d_loss, g_loss, d_real, d_fake,
// d_accuracy (each a mean over its batch) as kFloat64.
inline constexpr int kStatistics = 5;

// Everything a run trains. The order of the members is the order in checkpoints.
struct Model {
  nn::Network g, d;
  Adam adam_g, adam_d;
  at::Tensor statistics;  // [kStatistics]
  Model(const config::Config& config, const config::Networks& networks, at::Device device,
        at::ScalarType type = at::kFloat);  // kDouble: for tests
};

// What one step needs besides the model.
struct StepInput {
  at::Tensor real;    // [N, C, H, W] in [-1, 1], channels-last
  at::Tensor z;       // [N, z]
  std::uint64_t step; // steps done before this one
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

// Bytes [N, H, W, C] -> floats [N, C, H, W] in [-1, 1] on the device: x / 127.5 - 1.
at::Tensor to_device(const unsigned char* pixels, std::int64_t n, std::int64_t size, std::int64_t channels,
                     at::Device device);

}  // namespace facegan::train
