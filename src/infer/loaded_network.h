#pragma once
// One network of a checkpoint, to compute with and not to train.
#include <cstddef>
#include <functional>
#include <string>

#include "facegan/config/config.h"
#include "facegan/run/folder.h"
#include "nn/network.h"

namespace facegan::infer {

enum class WhichNetwork { generator, discriminator };

struct LoadedNetwork {
  config::Config config;  // of the run; machine part: this machine, fp32, one thread
  nn::Network network;
};

// Applies the machine part, too. Error(usage) for the device, Error(checkpoint) when the tensors do not fit.
LoadedNetwork load_network(const run::Loaded& loaded, const std::string& device, WhichNetwork which);

// Calls work(i) for every picture i < count, on the CPU on all cores at once, each of which computes on one
// thread: what comes out depends neither on how many there are nor on the other pictures.
void for_each_picture(const nn::Network& network, std::size_t count,
                      const std::function<void(std::size_t)>& work);

}  // namespace facegan::infer
