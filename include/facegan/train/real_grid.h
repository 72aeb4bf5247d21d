#pragma once
// samples/real.png and `data preview`. Free of LibTorch types.
#include <string>

#include "facegan/config/config.h"
#include "facegan/data/dataset.h"

namespace facegan::train {

// A PNG of training pictures as the network sees them: the first ones of epoch 1, as many as config.grid has
// cells. Error(data) when not one of the whole set can be used.
std::string real_grid_png(const data::Dataset& dataset, const config::Config& config);

}  // namespace facegan::train
