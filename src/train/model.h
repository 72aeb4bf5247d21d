#pragma once
// Everything a run trains: both networks, both optimizers, the sums of the statistics.
#include <ATen/core/Tensor.h>

#include <vector>

#include "checkpoint/state.h"
#include "facegan/config/config.h"
#include "nn/network.h"
#include "train/adam.h"

namespace facegan::train {

// Sums over the steps since the last log line, on the device: d_loss, g_loss, d_real, d_fake,
// d_accuracy, and d_accuracy of real and of generated pictures alone (each a mean over its batch) as
// kFloat64.
inline constexpr int kStatistics = 7;
inline constexpr int kFirstStatistics = 5;  // of them, in checkpoints of earlier versions

struct Model {
  nn::Network g, d;
  Adam adam_g, adam_d;
  at::Tensor statistics;  // [kStatistics]

  Model(const config::Config& config, const config::Networks& networks, at::Device device,
        at::ScalarType type = at::kFloat);  // kDouble: for tests

  // After the state was written to from outside.
  void refresh();

  // All that the rest of a run depends on, by the names of docs/checkpoint.md. Shares memory.
  std::vector<checkpoint::StateTensor> state() const;
};

}  // namespace facegan::train
