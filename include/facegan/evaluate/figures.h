#pragma once
// The figures of one set of generated pictures against a real set. Free of LibTorch.
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "facegan/evaluate/appearance.h"
#include "facegan/evaluate/distribution.h"

namespace facegan::evaluate {

inline constexpr std::size_t kMostNeighbours = 2000;  // pictures of a set whose nearest ones are looked for

// Names of --metrics, in the order in which they are computed.
const std::vector<std::string>& metric_names();

// NaN, and empty lists, for what was not asked for, and for what the sets are too small for.
struct Figures {
  Swd swd;
  double ndb = NAN;
  std::int64_t ndb_bins = 0;
  double ms_ssim = NAN, ms_ssim_real = NAN;  // of pairs of generated, and of as many pairs of real pictures
  // The share of generated pictures (of the first kMostNeighbours) that are nearer to another one than half
  // of what 99 of 100 of as many real pictures keep between them.
  double duplicates = NAN;
  // Of generated over that of real pictures: 1 = the same.
  double sharpness = NAN, checkerboard = NAN;
  Appearance generated, real;
};

// metrics: names of metric_names(). progress(name) before each; may be empty. seed: of all that is drawn.
Figures measure(const Pictures& generated, const Pictures& real, const std::vector<std::string>& metrics,
                std::uint64_t seed, const std::function<void(const std::string&)>& progress = {});

}  // namespace facegan::evaluate
