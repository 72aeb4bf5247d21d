#pragma once
// A whole training run: data, networks, loop, outputs. Free of LibTorch types.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "facegan/config/config.h"

namespace facegan::train {

struct TrainRequest {
  config::Config config;                        // machine resolved
  std::filesystem::path folder;                 // the run folder; made by train()
  bool resume = false;                          // continue the run in `folder` (config: see resume_config)
  bool dry_run = false;                         // check everything, one step, write nothing
};

struct TrainResult {
  int signal = 0;             // the signal that ended the run after a save, or 0
  bool nothing_to_do = false; // a finished run was resumed
};

// Trains and writes the run folder. Errors: any kind; the last complete checkpoint stays whole.
TrainResult train(const TrainRequest& request);

// The configuration that a run's newest checkpoint carries: what a resume starts from.
config::Config resume_config(const std::filesystem::path& folder);

}  // namespace facegan::train
