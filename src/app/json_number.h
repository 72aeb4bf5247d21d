#pragma once
#include <cmath>
#include <nlohmann/json.hpp>

#include "facegan/core/size.h"

namespace facegan::app {

// JSON has no numbers that are not finite.
inline nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

// A number for squares, else "64x96", as in YAML.
inline nlohmann::ordered_json size_json(const core::Size& size) {
  return size.is_square() ? nlohmann::ordered_json(size.width) : nlohmann::ordered_json(size.text());
}

}  // namespace facegan::app
