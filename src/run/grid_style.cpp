#include "facegan/run/grid_style.h"

namespace facegan::run {

image::GridStyle grid_style(const config::Config& config, const config::Grid& grid) {
  const config::Color color = config::parse_color(config.grid_color);
  return {.rows = static_cast<int>(grid.rows),
          .columns = static_cast<int>(grid.columns),
          .margin = static_cast<int>(config.grid_margin),
          .margin_color = {color.red, color.green, color.blue},
          .scale = static_cast<int>(config.grid_scale),
          .invert = config.grid_invert};
}

}  // namespace facegan::run
