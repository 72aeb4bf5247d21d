#pragma once
// What a run shows: sample grids and the animation made of them.
#include <cstdint>
#include <filesystem>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/image/image.h"
#include "facegan/infer/conditions.h"
#include "facegan/train/real_grid.h"

namespace facegan::train {

// What the generator takes for every sample grid of a run. With conditions each column shows one of them, or
// several groups of columns all; the rows of such a group share a latent.
std::vector<infer::Latent> grid_latents(const config::Config& config, const infer::Conditions& conditions);
// Of the pictures that these make; epoch (begun or done) and step are written in its text fields.
report::Pictures write_sample_grid(const core::Inside& file, const std::vector<image::Image>& pictures,
                                   const config::Config& config, std::int64_t epoch, std::int64_t step);
// training.gif, of the run's history; nothing when there is none yet.
void write_animation(const std::filesystem::path& folder, const config::Config& config);

}  // namespace facegan::train
