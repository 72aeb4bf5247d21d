#pragma once
#include "facegan/config/config.h"
#include "facegan/image/image.h"

namespace facegan::run {

// How the sheets of a run's pictures look, of these rows and columns.
image::GridStyle grid_style(const config::Config& config, const config::Grid& grid);

}  // namespace facegan::run
