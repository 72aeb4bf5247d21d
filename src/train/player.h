#pragma once
// One of the two that train against each other: a network and what changes it.
#include "nn/network.h"
#include "train/adam.h"

namespace facegan::train {

struct Player {
  nn::Network network;
  Adam adam;

  // One update, by gradients of network.leaves().
  void update(std::vector<at::Tensor> gradients) {
    adam.step(std::move(gradients));
    network.refresh();
  }
};

}  // namespace facegan::train
