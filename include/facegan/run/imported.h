#pragma once
// A run that was made of others' weights: a checkpoint of step 0 with networks and nothing of a training.
#include "facegan/run/folder.h"

namespace facegan::run {

inline constexpr const char* kKeyImported =
    "imported";                                       // metadata: what it was made of; absent: trained here
inline constexpr const char* kImported = "imported";  // the state of such a run

// Error(usage) for a checkpoint that cannot be resumed because it was imported.
void refuse_imported(const Loaded& loaded);

}  // namespace facegan::run
