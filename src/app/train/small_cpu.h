#pragma once
#include <string>

#include "facegan/config/config.h"

namespace facegan::app {

// Takes what the recipe has for a small CPU (Resolved::small_cpu) where this machine and the settings make it
// one: fp32 on at most four threads. The line that tells of it, "" where nothing was taken.
std::string settle_small_cpu(config::Resolved& resolved);

}  // namespace facegan::app
