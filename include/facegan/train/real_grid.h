#pragma once
// samples/real.png and `data preview`. Free of LibTorch types.
#include "facegan/config/config.h"
#include "facegan/data/dataset.h"
#include "facegan/report/sink.h"

namespace facegan::train {

// Training pictures as the network sees them: the first ones of epoch 1, as many as config.grid has cells.
// Not written yet. Error(data) when not one of the whole set can be used.
report::Pictures real_grid(const data::Dataset& dataset, const config::Config& config);

}  // namespace facegan::train
