#pragma once
// One network of a checkpoint, to compute with and not to train. Free of LibTorch's headers.
#include <memory>
#include <string>

#include "facegan/config/config.h"
#include "facegan/run/folder.h"

namespace facegan::nn {
class Network;
}

namespace facegan::infer {

enum class Player { generator, discriminator };

struct Model {
  config::Config config;  // of the run; machine part: this machine, fp32, one thread
  std::shared_ptr<const nn::Network> network;
};

// Error(usage) for the device, Error(checkpoint) when the tensors do not fit.
Model load_model(const run::Loaded& loaded, const std::string& device, Player which);

}  // namespace facegan::infer
