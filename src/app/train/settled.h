#pragma once
#include "facegan/config/config.h"

namespace facegan::app {

// Makes the place of the pictures absolute, so that the run can be resumed from any folder. Error(usage).
void settle_data(config::Config& config);

// Likewise the network of the figures in features. are_needed: figures are going to be computed; Error(data)
// then where one of them needs lite0's weights and they are not there.
void settle_features(config::Config& config, bool are_needed);

// --init-from as the checkpoint file that it means now, and its checksum. Error(checkpoint) when there is
// none. chosen: the recipe was named, not that of the data set; else Error(usage) where the file has networks
// of another preset, with the flags of it.
void settle_start(config::Config& config, bool chosen);

}  // namespace facegan::app
