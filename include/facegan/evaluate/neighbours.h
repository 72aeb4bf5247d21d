#pragma once
// Nearest pictures in pixels: whether a generator copies, or makes the same picture again. Free of LibTorch.
#include <cstdint>
#include <vector>

#include "facegan/evaluate/pictures.h"

namespace facegan::evaluate {

// For each picture of `set` the root of the mean square difference (0 to 255) to the nearest one of `others`;
// where both are the same object, to the nearest other one. mirrored: a picture counts mirrored, too, as
// --flip trains. Exact: equal pictures have the distance 0. Infinite where there is no other. Of the first
// `count` pictures of the set.
std::vector<double> nearest_distances(const Pictures& set, const Pictures& others, bool mirrored,
                                      std::size_t count = SIZE_MAX);

double median(std::vector<double> values);  // NaN of none

}  // namespace facegan::evaluate
