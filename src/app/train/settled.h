#pragma once
#include "facegan/config/config.h"

namespace facegan::app {

// Makes the place of the pictures absolute, so that the run can be resumed from any folder. Error(usage).
void settle_data(config::Config& config);

// --init-from as the checkpoint file that it means now, and its checksum. Error(checkpoint) when there is
// none.
void settle_start(config::Config& config);

}  // namespace facegan::app
