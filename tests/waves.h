#pragma once
// A picture for tests.
#include <cmath>

#include "facegan/image/image.h"

// Smooth waves: every pixel its own colour, far more than 256 of them.
inline facegan::image::Image waves(int width, int height, int channels, int phase = 0) {
  facegan::image::Image out(width, height, channels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        out.at(x, y)[c] = static_cast<unsigned char>(127.5 + 60 * std::sin(0.11 * x + c + phase) +
                                                     60 * std::cos(0.07 * y - 2 * c));
  return out;
}
