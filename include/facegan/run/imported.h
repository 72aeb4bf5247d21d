#pragma once
// A run that was made of others' weights: a checkpoint of step 0 with networks and nothing of a training.
#include "facegan/run/folder.h"

namespace facegan::run {

inline constexpr const char* kKeyImported =
    "imported";                                       // metadata: what it was made of; absent: trained here
inline constexpr const char* kImported = "imported";  // the state of such a run

bool is_imported(const Loaded& loaded);
// Error(usage) for a checkpoint that cannot be resumed because it was imported.
void refuse_imported(const Loaded& loaded);
// Error(usage) that asks for --dataset or --data: the pictures that its recipe names are not what it has
// learned from.
[[noreturn]] void ask_for_pictures();

}  // namespace facegan::run
