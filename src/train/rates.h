#pragma once
// Learning rates.
#include <cmath>

#include "facegan/config/config.h"

namespace facegan::train {

struct Rates {
  double g = 0, d = 0;
};

// Those of a step: a function of the settings and of how far training is, never of what happened before.
inline Rates rates(const config::Config& config, int rollbacks) {
  return {std::ldexp(config.lr_g, -rollbacks), std::ldexp(config.lr_d, -rollbacks)};
}

}  // namespace facegan::train
