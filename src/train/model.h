#pragma once
// Everything a run trains: both players and the sums of the statistics.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "checkpoint/state.h"
#include "facegan/config/config.h"
#include "train/player.h"

namespace facegan::train {

struct Model {
  Player g, d;
  at::Tensor statistics;  // [statistics().size()] as kFloat64: sums over the steps since the last log line

  Model(const config::Config& config, const config::Networks& networks, at::Device device,
        at::ScalarType type = at::kFloat);  // kDouble: for tests

  // After the state was written to from outside.
  void refresh();

  // All that the rest of a run depends on, by the names of docs/checkpoint.md. Shares memory.
  std::vector<checkpoint::StateTensor> state() const;

  // The first tensor of the state in which something is not finite, "" when there is none; gradients that
  // were not have gone into Adam's moments. Waits for the device once.
  std::string broken_tensor() const;
};

}  // namespace facegan::train
