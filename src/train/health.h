#pragma once
// Whether a training state is still one.
#include <string>

#include "facegan/run/metrics.h"
#include "train/model.h"

namespace facegan::train {

// Looks for NaN and infinity in the means since the last line and in all that a checkpoint would hold;
// gradients that were not finite have gone into Adam's moments. Waits for the device once. Names the first
// fault, "" when there is none.
std::string find_fault(const Model& model, const run::Metrics& means);

}  // namespace facegan::train
