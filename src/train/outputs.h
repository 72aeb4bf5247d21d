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

// samples/epoch_NNNN.png
std::filesystem::path grid_path(const std::filesystem::path& folder, std::int64_t epoch);

// samples/step_NNNNNNNN.png: grids by time, and those that a signal asked for
std::filesystem::path step_grid_path(const std::filesystem::path& folder, std::int64_t step);

void remove_grids_after(const std::filesystem::path& folder, std::int64_t epoch, std::int64_t step);

// The same fixed latents every time.
void write_sample_grid(const std::filesystem::path& path, const nn::Network& g, const config::Config& config);
// training.gif from the grids of epochs in samples/ (of steps, where grids are made by time); nothing when
// there is none after the untrained one.
void write_animation(const std::filesystem::path& folder, const config::Config& config);

}  // namespace facegan::train
