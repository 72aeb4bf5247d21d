#pragma once
// What a run will cost, before it starts.
#include <cstdint>

#include "facegan/config/config.h"
#include "train/model.h"

namespace facegan::train {

// Seconds for so many steps, from forward passes timed here and now. The model is not changed.
double estimated_seconds(const Model& model, const config::Config& config, std::int64_t steps);

// Bytes on the disk: the grids of so many epochs, and so many checkpoints.
std::uint64_t estimated_disk_bytes(const Model& model, const config::Config& config, std::int64_t epochs,
                                   std::size_t checkpoints);

}  // namespace facegan::train
