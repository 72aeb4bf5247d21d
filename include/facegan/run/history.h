#pragma once
// The sample grids in a run's folder: the same latents over time, of which the animation is made.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/core/inside.h"
#include "facegan/image/animation.h"

namespace facegan::run {

// samples/epoch_NNNN.png
core::Inside grid_file(const std::filesystem::path& folder, std::int64_t epoch);

// samples/step_NNNNNNNN.png: grids by time, and those that a signal asked for
core::Inside step_grid_file(const std::filesystem::path& folder, std::int64_t step);

// The numbers in the names that `file_of` makes, in ascending order; epoch 0 is the untrained grid. At most a
// million files are looked at.
std::vector<std::int64_t> grid_numbers(const std::filesystem::path& folder,
                                       core::Inside (*file_of)(const std::filesystem::path&, std::int64_t));

// All but the untrained grid.
void remove_grids_after(const std::filesystem::path& folder, std::int64_t epoch, std::int64_t step);

// Which epochs' grids become frames of the animation (epochs from 1, ascending). The rule is that of
// config::parse_gif; auto = all up to epoch 200, else sqrt; every N: epochs N, 2N, ... sqrt: frame i (from 0
// = epoch 1) is kept when round(2 sqrt(i)), halves to even, exceeds the value of the last kept frame, which
// starts at round(-1). With every rule the last epoch is appended once more, even when it was kept already.
// 1,000 epochs give 63 frames and the last.
std::vector<std::int64_t> gif_epochs(const std::vector<std::int64_t>& epochs, const std::string& rule);

struct GridFile {
  core::Inside file;
  std::string caption;  // "epoch 12", "step 1,200"
};

// The frames of a run's animation by its settings sample_every and gif: grids of epochs; where they are made
// by time, those of steps and that of the last epoch. The last one comes twice. Empty when there is none
// after the untrained one.
std::vector<GridFile> history(const std::filesystem::path& folder, const config::Config& config);

// Without those that are no picture any more, or of another size than the newest one that is; each is told of
// once.
std::vector<GridFile> readable(std::vector<GridFile> grids);

// Their pictures, each read when it is asked for: Error(io) when it cannot be read, Error(data) when it is no
// PNG or not of the first one's size. The first one's size is read at once.
image::Frames grid_frames(std::vector<GridFile> grids);

}  // namespace facegan::run
