#pragma once
// Figures of a generator while it trains, as --evaluate asks for: of a thousand pictures, every time those of
// the same latents, against the same real ones. The work is the same each time, never by the clock.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/data/dataset.h"
#include "facegan/evaluate/figures.h"
#include "facegan/infer/features.h"
#include "facegan/run/metrics.h"

namespace facegan::train {

class Evaluation {
 public:
  static constexpr std::size_t kPictures = 1000;  // generated, and at most as many real ones

  // Reads the real pictures, of `train` and of what is held out, and the network of --features. Error(data),
  // and those of FeatureNetwork: a script that is not known is none to train with.
  // leaves_no_trace: keeps no features for other runs.
  Evaluation(const config::Config& config, const data::Dataset& train, bool leaves_no_trace = false);

  Evaluation(const Evaluation&) = delete;

  // The figures of these pictures, into the line of their step.
  void measure(const std::vector<image::Image>& generated, run::Metrics& line);
  // What measure() takes on this machine, by doing it, or a part of it, with real pictures.
  double seconds();
  // The figure that says which of two checkpoints is the better one.
  const std::string& decisive() const { return figures_.front(); }

 private:
  void measure_pixels(const evaluate::Pictures& generated, run::Metrics& line);
  void measure_features(const evaluate::Pictures& generated, run::Metrics& line);
  double features_seconds();
  bool asks_for(std::string_view figure) const;

  std::vector<std::string> figures_;
  evaluate::Pictures real_, train_, held_out_;  // train_: more of them, where a figure needs more
  std::optional<evaluate::Meter> meter_;
  std::optional<infer::FeatureNetwork> network_;  // where a figure needs it
  infer::Features real_features_;
  std::uint64_t seed_;
};

}  // namespace facegan::train
