#pragma once
#include <cmath>
#include <nlohmann/json.hpp>

namespace facegan::app {

// JSON has no numbers that are not finite.
inline nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

}  // namespace facegan::app
