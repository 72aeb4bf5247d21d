#pragma once
// Pictures as planes of numbers, and what is done to one.
#include <cstdint>
#include <span>
#include <vector>

#include "facegan/core/size.h"

namespace facegan::evaluate {

struct Plane {
  std::int64_t width = 0, height = 0;
  std::vector<double> values;  // row by row
};

// Channel c of a picture of height x width x channels bytes, as it is: 0 to 255.
Plane channel(std::span<const unsigned char> picture, const core::Size& size, std::int64_t channels,
              std::int64_t c);
// 0.299 R + 0.587 G + 0.114 B, 0 to 255 (ITU-R BT.601).
Plane grey(std::span<const unsigned char> picture, const core::Size& size, std::int64_t channels);

// Every row, then every column, with a kernel, where it fits: taps - 1 fewer of both.
Plane filtered(const Plane& plane, std::span<const double> kernel);

}  // namespace facegan::evaluate
