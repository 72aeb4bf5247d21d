#pragma once
// The style and the script that every page holds; neither depends on the run.
#include <vector>

#include "facegan/core/embedded.h"

namespace facegan::report {

const std::vector<core::EmbeddedFile>& embedded_page();  // the files of page/

}  // namespace facegan::report
