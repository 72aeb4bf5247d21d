#pragma once
// A small model in a checkpoint file, with running statistics that are not those of an untrained one.
#include <filesystem>
#include <functional>
#include <string>

#include "checkpoint/state.h"
#include "facegan/config/config.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/run/folder.h"
#include "nn/network.h"

namespace facegan {

inline constexpr const char* kMadeGenerator =
    "  - conv_transpose: {filters: 24, kernel: 4}\n"
    "  - batch_norm\n"
    "  - relu\n"
    "  - conv_transpose: {filters: 12, kernel: 4, stride: 2, padding: 1}\n"
    "  - batch_norm\n"
    "  - relu\n"
    "  - conv_transpose: {filters: 3, kernel: 4, stride: 2, padding: 1}\n"
    "  - tanh\n";

// Colour pictures of a latent of 8 numbers.
inline config::Config made_config(const std::string& generator = kMadeGenerator, int size = 16) {
  const std::string discriminator =
      "  - conv: {filters: 8, kernel: 4, stride: 2, padding: 1}\n"
      "  - batch_norm\n"
      "  - leaky_relu: {slope: 0.2}\n"
      "  - flatten\n"
      "  - dense: {units: 1}\n";
  return config::from_yaml(
      core::str("preset: made\nsize: ", size, "\nchannels: 3\nz: 8\ngrid_scale: 2\ngenerator:\n", generator,
                "discriminator:\n", discriminator),
      "made");
}

inline void make_model(const std::filesystem::path& file, const config::Config& config,
                       const std::function<void(const nn::NamedTensor&)>& change = {}) {
  config::Networks specs = config::build_networks(config);
  nn::Network g(std::move(specs.generator), "g", at::kCPU), d(std::move(specs.discriminator), "d", at::kCPU);
  std::vector<checkpoint::StateTensor> state;
  for (nn::Network* network : {&g, &d}) {
    network->initialise("he", 3);
    for (const auto& t : network->tensors()) {
      if (t.spec->role == spec::Role::running_mean) t.tensor.fill_(0.1);
      if (t.spec->role == spec::Role::running_var) t.tensor.fill_(0.3);
      if (change) change(t);
      state.push_back({t.name, t.tensor});
    }
  }
  core::write_file_atomic(file, checkpoint::serialise(state, {{run::kKeyFormat, run::kFormat},
                                                              {run::kKeyConfig, config::to_yaml(config)},
                                                              {run::kKeyStep, "30"},
                                                              {run::kKeyStepsPerEpoch, "10"}}));
}

}  // namespace facegan
