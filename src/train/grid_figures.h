#pragma once
// What a sample grid's pictures look like beside as many real ones: cheap figures, for the health watch.
#include <vector>

#include "facegan/config/config.h"
#include "facegan/data/dataset.h"
#include "facegan/evaluate/pictures.h"
#include "facegan/run/metrics.h"

namespace facegan::train {

class GridFigures {
 public:
  // Reads as many real pictures as the grid has cells; all of a small set, to see whether they are copied.
  // Error(data).
  GridFigures(const config::Config& config, const data::Dataset& train);
  // Into the line of their step; nothing for a grid of few pictures.
  void measure(const std::vector<image::Image>& grid, run::Metrics& line) const;

 private:
  bool mirrored_;
  evaluate::Pictures real_, train_;  // train_: none of a set that is not small
  double variety_ = 0, nearest_ = 0, checkerboard_ = 0, apart_ = 0, range_ = 0;  // of the real ones
  std::vector<double> mean_, deviation_;
};

}  // namespace facegan::train
