#pragma once
// The sample grids in a run's folder: the same latents over time, of which the animation is made.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/image/image.h"

namespace facegan::report {

// samples/epoch_NNNN.png
std::filesystem::path grid_path(const std::filesystem::path& folder, std::int64_t epoch);

// samples/step_NNNNNNNN.png: grids by time, and those that a signal asked for
std::filesystem::path step_grid_path(const std::filesystem::path& folder, std::int64_t step);

void remove_grids_after(const std::filesystem::path& folder, std::int64_t epoch, std::int64_t step);

struct GridFile {
  std::filesystem::path path;
  std::string caption;  // "epoch 12", "step 1,200"
};

// The frames of a run's animation by its settings sample_every and gif: grids of epochs; where they are made
// by time, those of steps and that of the last epoch. The last one comes twice. Empty when there is none
// after the untrained one.
std::vector<GridFile> history(const std::filesystem::path& folder, const config::Config& config);

// Their pictures. Error(io) when one cannot be read, Error(data) when it is no PNG or of another size.
std::vector<image::Image> read_grids(const std::vector<GridFile>& grids);

}  // namespace facegan::report
