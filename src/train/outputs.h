#pragma once
// What a run shows: sample grids and the animation made of them.
#include <cstdint>
#include <filesystem>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/image/image.h"
#include "facegan/train/real_grid.h"

namespace facegan::train {

// Of the pictures of Trainer::grid_pictures(); epoch (begun or done) and step are written in its text fields.
report::Pictures write_sample_grid(const std::filesystem::path& path,
                                   const std::vector<image::Image>& pictures, const config::Config& config,
                                   std::int64_t epoch, std::int64_t step);
// training.gif, of the run's history; nothing when there is none yet.
void write_animation(const std::filesystem::path& folder, const config::Config& config);

}  // namespace facegan::train
