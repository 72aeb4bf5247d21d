#pragma once
// A whole training run: data, networks, loop, outputs. Free of LibTorch types.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "facegan/config/config.h"
#include "facegan/ranks/team.h"
#include "facegan/report/preview.h"
#include "facegan/run/folder.h"
#include "facegan/run/lock.h"

namespace facegan::train {

struct TrainRequest {
  config::Config config;                   // machine resolved
  std::filesystem::path folder;            // the run folder; made by train(). With no config.out the
                                           // next number's, should this one be taken meanwhile
  std::optional<run::Loaded> from;         // continue from it; none: a new run
  bool dry_run = false;                    // check everything, one step, write nothing
  bool allow_data_change = false;          // go on with pictures that are not those of the checkpoint
  std::shared_ptr<run::RunLock> lock;      // of the folder of a run that goes on
  std::optional<report::Preview> preview;  // shows each sample grid as it is written
  ranks::Team* team = nullptr;             // of the processes that train this together; only rank 0 has `from`
};

struct TrainResult {
  int signal = 0;                // the signal that ended the run after a save, or 0
  std::filesystem::path folder;  // of the run; empty when nothing was written
  double images_per_s = 0;       // over all of its steps, and what was written meanwhile
  std::int64_t steps = 0;        // done in all
  std::int64_t steps_per_epoch = 0, epochs = 0;  // of the whole run
  std::int64_t best_step = 0;  // of checkpoints/best.safetensors; 0 = there is none
};

// The note of a team that names the folder of its run.
inline constexpr const char* kFolder = "folder";

// The epochs of a request, --epochs auto by the speed of this machine here and now. Error(data).
std::int64_t epochs_of(const TrainRequest& request);

// Trains and writes the run folder; of a team rank 0 does. Errors: any kind; the last complete checkpoint stays whole. What cannot
// be written while it trains ends nothing: Error(io) in the end, when the last attempt failed as well.
TrainResult train(TrainRequest request);

// Replays a run from its second newest whole checkpoint to its newest one, in memory. Error(checkpoint) names
// the first tensor or value that differs. config: of the newest one, machine resolved.
void verify(const std::filesystem::path& folder, const config::Config& config);

}  // namespace facegan::train
