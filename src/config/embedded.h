#pragma once
// The files of configs/ as text; the definition is generated.
#include <vector>

#include "facegan/core/embedded.h"

namespace facegan::config {

const std::vector<core::EmbeddedFile>& embedded_presets();  // sorted by name

}  // namespace facegan::config
