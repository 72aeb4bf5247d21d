#pragma once
// The pictures that make_figures.py describes.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "facegan/image/image.h"

namespace facegan {

inline image::Image picture(std::uint32_t k, int size, int channels) {
  image::Image out(size, size, channels);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      for (int c = 0; c < channels; ++c) {
        std::uint32_t h =
            2654435761u * (static_cast<std::uint32_t>(x + 977 * y + 104729 * c) + 7919u * k + 1u);
        h ^= h >> 15, h *= 2246822519u, h ^= h >> 13;
        const double smooth = 128 + 50 * std::sin((x * static_cast<int>(1 + k % 3) + 2 * c) * 2.6 / size) +
                              40 * std::sin((y + 5.0 * k) * 4.2 / size);
        const double value = std::floor(smooth + static_cast<double>((h >> 16) % 48) - 24);
        out.pixels[static_cast<std::size_t>((y * size + x) * channels + c)] =
            static_cast<unsigned char>(std::clamp(value, 0.0, 255.0));
      }
  return out;
}

}  // namespace facegan
