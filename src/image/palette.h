#pragma once
// At most 256 colours for a picture.
#include <array>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::image {

using Colour = std::array<unsigned char, 3>;

struct Indexed {
  std::vector<Colour> palette;         // 1 to 256
  std::vector<unsigned char> indices;  // [H, W]
};

// Exact when the picture has at most 256 colours; otherwise median cut (P. Heckbert, 1982) and
// Floyd-Steinberg dithering. The colour of the upper left pixel, in a grid that of the margin, stays
// exact and is never dithered. Grey or RGB in, a pure function of the pixels.
Indexed with_palette(const Image& picture);

}  // namespace facegan::image
