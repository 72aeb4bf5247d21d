#pragma once
// The files that exports are made of.
#include <vector>

#include "facegan/core/embedded.h"

namespace facegan::exchange {

const std::vector<core::EmbeddedFile>& embedded_files();  // those of page/ and files/

}  // namespace facegan::exchange
