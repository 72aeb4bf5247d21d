#pragma once
// Before the first step: what a run will take, and what is said about it.
#include <filesystem>

#include "facegan/report/report.h"
#include "train/evaluation.h"
#include "train/trainer.h"

namespace facegan::train {

// Error(io) when what the rest of the run adds to the disk does not fit on it.
void check_space(const Trainer& trainer, const std::filesystem::path& folder);

// What the run is, and an estimate of its time and disk. from: the checkpoint it goes on from, or empty.
// evaluation: whose time is told, too, or nullptr.
void announce(const Trainer& trainer, const std::filesystem::path& folder, const std::filesystem::path& from,
              Evaluation* evaluation);

// What the run is, for run.json; as it stands now.
run::Info run_info(const Trainer& trainer);

// --epochs auto: those that fit into the time of one call, of so many ranks that share each batch. Error(data).
std::int64_t epochs_that_fit(const config::Config& config, std::int64_t ranks);

// Differences of this machine to the one that wrote the checkpoint.
void compare_machine(const run::Loaded& loaded, const config::Config& config);
// Says it where a schedule now ends elsewhere than the run that is resumed had it.
void compare_total(const run::Loaded& loaded, const Trainer& trainer);

}  // namespace facegan::train
