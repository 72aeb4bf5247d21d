#pragma once
// What is said at the end of `train`.
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/train/train.h"

namespace facegan::app {

// The files that a run has left: the newest grid, the animation, the report, the newest checkpoint.
std::vector<std::filesystem::path> files_to_look_at(const std::filesystem::path& run);
// Commands for a shell in this folder. program: as it was called.
std::vector<std::string> next_commands(const std::string& program, const config::Config& config,
                                       const train::TrainResult& result);

// Both, as log lines that can be copied whole.
void log_next_steps(const std::string& program, const config::Config& config,
                    const train::TrainResult& result);

}  // namespace facegan::app
