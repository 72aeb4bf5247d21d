#pragma once
// One network of a checkpoint, to compute with and not to train.
#include <string>

#include "facegan/checkpoint/run_folder.h"
#include "facegan/config/config.h"
#include "nn/network.h"

namespace facegan::train {

enum class WhichNetwork { generator, discriminator };

struct LoadedNetwork {
  config::Config config;  // of the run; machine part: this machine, fp32, all cores
  nn::Network network;
};

// Applies the machine part, too. Error(usage) for the device, Error(checkpoint) when the tensors do not fit.
LoadedNetwork load_network(const checkpoint::Loaded& loaded, const std::string& device, WhichNetwork which);

}  // namespace facegan::train
