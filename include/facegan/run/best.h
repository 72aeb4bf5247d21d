#pragma once
// The best checkpoint of a run so far: checkpoints/best.safetensors, which another name of the file (or a
// copy) keeps when newer ones push it out. By the first figure of --evaluate; each checkpoint knows of the
// best one.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "facegan/core/inside.h"
#include "facegan/core/safetensors.h"
#include "facegan/spec/metrics.h"

namespace facegan::run {

struct Loaded;

struct Best {
  std::string metric;          // its key
  std::int64_t step = 0;       // at which it was found; 0 = none so far
  double value = NAN;          // there
  std::int64_t no_better = 0;  // evaluations since

  // Takes in the figure of a step: whether it is the best one now.
  bool take(std::int64_t at_step, double figure);
};

// For the metadata of a checkpoint, and from it; nothing where it has none, or it makes no sense.
void add_to(core::Metadata& metadata, const Best& best);
std::optional<Best> best_of(const Loaded& checkpoint);

core::Inside best_checkpoint(const std::filesystem::path& run);
// Makes the file of a checkpoint that one. Error(io).
void keep_best(const std::filesystem::path& run, const core::Inside& checkpoint);

}  // namespace facegan::run
