#pragma once
// What changes while a run trains: functions of the settings and of the pictures seen, never of time or of
// what happened before.
#include <cstdint>

#include "facegan/config/config.h"

namespace facegan::train {

// Where a run is: `step` steps of `batch` pictures are done, of `total_steps`.
struct Progress {
  std::int64_t step = 0, total_steps = 1, batch = 1;
};

// Of a whole run.
std::int64_t total_steps(const config::Config& config, std::int64_t steps_per_epoch);

struct Rates {
  double g = 0, d = 0;
};
// Of the step that comes.
Rates rates(const config::Config& config, int rollbacks, const Progress& progress);

// The share of the penalties' weights that is left in the step that comes: by a cosine to penalty_end.
double penalty_share(const config::Config& config, const Progress& progress);

// How much of G's new weights goes into the mean network after the step that comes: of weights that are
// `half_life` pictures old half is left (T. Karras et al. 2020, arXiv 2006.06676, code of StyleGAN2-ADA; the
// half-life is at most a twentieth of the pictures seen).
double mean_share(std::int64_t half_life, const Progress& progress);

// Pictures that the mean network's statistics are computed from. A batch norm at 4x4 then sees 16 times as
// many numbers a channel.
inline constexpr std::int64_t kPicturesForStatistics = 512;

}  // namespace facegan::train
