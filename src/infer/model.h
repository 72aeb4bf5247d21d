#pragma once
// One network of a checkpoint, to compute with and not to train, and the threads that do so. Free of
// LibTorch.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "facegan/config/config.h"
#include "facegan/infer/sampler.h"
#include "facegan/run/folder.h"

namespace facegan::nn {
class Network;
}

namespace facegan::infer {

enum class Player { generator, discriminator };

struct Model {
  config::Config config;  // of the run; machine part: this machine, fp32, one thread
  std::shared_ptr<const nn::Network> network;
  Weights weights;  // whose they are
};

// Of a generator the mean weights, where the checkpoint has them and raw ones are not asked for.
// Error(usage) for the device, Error(checkpoint) when the tensors do not fit.
Model load_model(const run::Loaded& loaded, const std::string& device, Player which,
                 Weights weights = Weights::mean);

// Whether a layer sees the pictures of a batch beside each other, also outside training: such a network must
// be given one at a time.
bool compares_pictures(const nn::Network& network);

// Calls work(i) for every i < count: on the CPU on all cores at once (at most so many, for a network as many
// as half of the memory is enough for), each of which computes on one thread; on a GPU ("cuda:0") one after
// the other. Always in threads of its own, so that what LibTorch and its libraries keep of the calling
// thread, and what later threads begin with, stays as it is.
void compute_each(const std::string& device, std::size_t count, const std::function<void(std::size_t)>& work,
                  std::size_t at_once = SIZE_MAX);
void compute_each(const nn::Network& network, std::size_t count, const std::function<void(std::size_t)>& work,
                  std::size_t pictures_each = 1);

}  // namespace facegan::infer
