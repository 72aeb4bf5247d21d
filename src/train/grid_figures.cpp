#include "train/grid_figures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "facegan/evaluate/appearance.h"
#include "facegan/evaluate/neighbours.h"

namespace facegan::train {
namespace {

constexpr std::size_t kFewest = 16;        // pictures that say something
constexpr std::size_t kMostCopied = 2000;  // of a set that a generator could know by heart
constexpr std::size_t kAsked = 256;        // training pictures whose neighbours are looked for

// Between the values that one in a thousand is below, and above.
double range_of(const evaluate::Pictures& set) {
  std::array<std::size_t, 256> counts{};
  for (const unsigned char value : set.bytes) ++counts[value];
  const auto from = [&](int first, int by) {
    std::size_t sum = 0;
    int value = first;
    while ((sum += counts[static_cast<std::size_t>(value)]) <= set.bytes.size() / 1000) value += by;
    return value;
  };
  return from(255, -1) - from(0, 1);
}

}  // namespace

GridFigures::GridFigures(const config::Config& config, const data::Dataset& train) : mirrored_(config.flip) {
  const auto grid = config::parse_grid(config.grid);
  const auto cells = static_cast<std::size_t>(grid.rows * grid.columns);
  if (cells < kFewest || config.size.shorter() < 8) return;
  const bool is_small = train.size() <= kMostCopied;
  evaluate::Pictures pictures;
  data::pick_pictures(train, static_cast<std::uint64_t>(config.seed), is_small ? train.size() : cells,
                      [&](std::size_t, image::Image picture) { pictures.add(picture); });
  real_ = pictures.first(cells);
  if (real_.count() < kFewest) return;
  const evaluate::Appearance look = evaluate::appearance_of(real_);
  mean_ = look.mean, deviation_ = look.deviation, checkerboard_ = look.checkerboard;
  variety_ = evaluate::variety_of(real_);
  range_ = range_of(real_);
  nearest_ = evaluate::median(evaluate::nearest_distances(real_, real_, false));
  if (!is_small) return;
  train_ = std::move(pictures);
  // Each to the others: without its own copy among them.
  apart_ = evaluate::median(evaluate::nearest_distances(train_, train_, mirrored_, kAsked));
}

void GridFigures::measure(const std::vector<image::Image>& grid, run::Metrics& line) const {
  if (real_.count() < kFewest) return;
  evaluate::Pictures made;
  for (std::size_t i = 0; i < std::min(grid.size(), real_.count()); ++i) made.add(grid[i]);
  const auto set = [&](spec::MetricKey key, double value) {
    if (std::isfinite(value)) line.set(key, value);
  };
  const evaluate::Appearance look = evaluate::appearance_of(made);
  double shift = 0;
  for (std::size_t c = 0; c < mean_.size(); ++c)
    shift = std::max(shift, std::abs(look.mean[c] - mean_[c]) / deviation_[c]);
  set("grid_variety", evaluate::variety_of(made) / variety_);
  set("grid_nearest", evaluate::median(evaluate::nearest_distances(made, made, false)) / nearest_);
  set("grid_checkerboard", look.checkerboard / checkerboard_);
  set("grid_color", shift);
  set("grid_range", range_);
  if (train_.count() > 0)
    set("grid_copies", evaluate::median(evaluate::nearest_distances(made, train_, mirrored_)) / apart_);
}

}  // namespace facegan::train
