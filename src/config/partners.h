#pragma once
// Settings that do nothing without another one.
#include "facegan/config/config.h"

namespace facegan::config {

// Error(usage) for a flag that does nothing as the other settings are. In files and presets it may stand.
void check_partners(const Resolved& resolved);

}  // namespace facegan::config
