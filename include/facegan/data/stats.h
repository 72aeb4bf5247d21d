#pragma once
// What a data set looks like, in numbers.
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "facegan/data/dataset.h"

namespace facegan::data {

struct Spread {
  int min = 0, median = 0, max = 0;
};

struct Stats {
  static constexpr std::size_t kBins = 16;

  std::uint64_t selected = 0;                    // usable and unusable
  std::uint64_t unusable = 0;                    // their pixels count nowhere below
  std::vector<std::string> reasons_unusable;     // "NAME: reason", in the order of names
  std::map<std::string, std::uint64_t> formats;  // of the originals: pictures of each; none of drawn ones
  Spread width, height;                          // of the originals, in pixels, as they are stored; 0: drawn
  // Of the pixels as the networks get them, 0..255, for each channel (R, G, B or grey).
  std::vector<double> mean, deviation;
  // Pictures by their mean luma (Rec. 601), which is in [16 i, 16 i + 16) for number i.
  std::array<std::uint64_t, kBins> brightness{};
};

// Reads every picture. Numbers do not depend on `workers`; progress as in check_dataset.
Stats dataset_stats(const Dataset& dataset, int workers,
                    const std::function<void(std::uint64_t)>& progress = {});

}  // namespace facegan::data
