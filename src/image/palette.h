#pragma once
// At most 256 colours for a picture.
#include <array>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::image {

using Color = std::array<unsigned char, 3>;

struct Indexed {
  std::vector<Color> palette;          // 1 to 256
  std::vector<unsigned char> indices;  // [H, W]
};

// Exact when the picture has at most 256 colours. Otherwise the box of colours with the largest error is cut
// where its parts have the least (after X. Wu, 1991; green counts most, as to the eye) until there are 256,
// and errors are spread by Floyd-Steinberg dithering. The colour of the upper left pixel, in a grid that of
// the margin, stays exact and is never dithered. Grey or RGB in, a pure function of the pixels.
Indexed with_palette(const Image& picture);

}  // namespace facegan::image
