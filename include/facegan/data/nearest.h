#pragma once
// The pictures of a data set that others come nearest to: whether a generator has learned them by heart.
#include <cstdint>
#include <functional>
#include <vector>

#include "facegan/data/dataset.h"

namespace facegan::data {

// The sum of the squares of the differences of two rows of bytes, exact.
std::uint64_t square_distance(const unsigned char* a, const unsigned char* b, std::size_t count);

struct Neighbour {
  std::size_t index = 0;  // in the set
  double distance = 0;    // L2 as the root of the mean square over all pixels and channels, 0 to 255
  bool mirrored = false;  // it is the mirrored picture that is so near
};

struct NearestOptions {
  int count = 3;          // neighbours of each picture; fewer when the set has fewer that can be used
  bool mirrored = false;  // pictures of the set count mirrored, too, as --flip trains with them
  int workers = 1;
};

// For each picture its neighbours, nearest first, equally near ones in the order of the set. All of the set
// is looked at, a picture at a time and worker, from its packed file where it has one. Unusable pictures are
// passed over; Error(data) when there is no other. pictures: of the set's size and channels. progress gets
// the number of pictures done, one call at a time, from any of the workers; may be empty.
std::vector<std::vector<Neighbour>> nearest_pictures(const DatasetOptions& set, const Dataset& dataset,
                                                     const std::vector<image::Image>& pictures,
                                                     const NearestOptions& options,
                                                     const std::function<void(std::uint64_t)>& progress = {});

}  // namespace facegan::data
