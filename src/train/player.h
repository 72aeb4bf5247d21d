#pragma once
// One of the two that train against each other: a network and what changes it.
#include <memory>

#include "nn/network.h"
#include "train/adam.h"
#include "train/gradient_mean.h"

namespace facegan::train {

struct Player {
  nn::Network network;
  Adam adam;
  std::unique_ptr<GradientMean> mean = {};  // over the ranks; nullptr: this process has all pictures

  // One update, by gradients of network.leaves().
  void update(std::vector<at::Tensor> gradients) {
    adam.step(std::move(gradients));
    network.refresh();
  }
};

}  // namespace facegan::train
