#pragma once
// Everything a run trains: both players and the sums of the statistics.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/state.h"
#include "facegan/config/config.h"
#include "train/player.h"

namespace facegan::train {

struct Model {
  Player g, d;
  std::optional<nn::Network>
      mean_g;                 // of weights that are means of G's over the last pictures: what is shown
  at::Tensor condition_rows;  // [rows, conditions] bytes: of real pictures; undefined: no condition
  at::Tensor augment_p;       // a scalar: the probability of each augmentation; undefined: none
  at::Tensor augment_sum;  // of the mean signs of D's outputs for real pictures since it changed; undefined:
                           // it stays
  at::Tensor statistics;   // [statistics().size()] as kFloat64: sums over the steps since the last log line

  Model(const config::Config& config, const config::Networks& networks, at::Device device,
        at::ScalarType type = at::kFloat);  // kDouble: for tests

  // From here on the networks learn from the pictures of all ranks.
  void join(const ranks::Team& team);

  // What samples are of: the mean network, where there is one.
  const nn::Network& shown_g() const { return mean_g ? *mean_g : g.network; }
  // After G got its first weights.
  void start_mean();
  // Takes this share of G's weights into the mean network.
  void update_mean(double share);
  // Computes the statistics of the mean network's batch norms anew, from pictures of it: those of G are of
  // other weights, and their means of many others. To be called when it is to be shown. By the seed alone.
  void settle_mean(std::uint64_t seed);

  // After the state was written to from outside.
  void refresh();

  // All that the rest of a run depends on, by the names of docs/checkpoint.md. Shares memory.
  std::vector<checkpoint::StateTensor> state() const;

  // The first tensor of the state in which something is not finite, "" when there is none; gradients that
  // were not have gone into Adam's moments. Waits for the device once.
  std::string broken_tensor() const;
};

}  // namespace facegan::train
