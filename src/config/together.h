#pragma once
// Settings that do not go together, though each is right by itself.
#include "facegan/config/config.h"

namespace facegan::config {

// Error(usage). needs_networks: both are built, which may take a while.
void check_together(const Resolved& resolved, bool needs_networks);
// What of it holds for settings of a run that is there already.
void check_grid(const Config& config);

}  // namespace facegan::config
