#pragma once
// What a run shows: sample grids and the animation made of them.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/train/real_grid.h"
#include "nn/network.h"

namespace facegan::train {

// The same fixed latents every time.
void write_sample_grid(const std::filesystem::path& path, const nn::Network& g, const config::Config& config);
// training.gif, of the run's history; nothing when there is none yet.
void write_animation(const std::filesystem::path& folder, const config::Config& config);

}  // namespace facegan::train
