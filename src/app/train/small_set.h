#pragma once
#include "facegan/config/config.h"

namespace facegan::app {

// What a recommended preset leaves to a set of fewer than 2,000 pictures, each told in a line: mirroring, the
// probability of augmentation, how many epochs and what comes every so many, and when to end. Nothing that
// the user has set, and nothing of a published preset. Errors as data::open_dataset().
void settle_small_set(config::Resolved& resolved);
// The same of a set of so many pictures, held-out ones included.
void settle_small_set(config::Resolved& resolved, std::int64_t pictures);

}  // namespace facegan::app
