#pragma once
// Animated GIFs, with a palette of its own for each frame.
#include <string>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::image {

struct GifOptions {
  int delay_ms = 200;        // of each frame (GIF counts in 10 ms)
  int last_delay_ms = 1500;  // of the last frame
  bool loop = true;          // for ever
};

// The whole file. All frames have the size of the first; Error(internal) otherwise.
// With Floyd-Steinberg dithering per frame, so that faces show no bands.
std::string encode_gif(const std::vector<Image>& frames, const GifOptions& options = {});

}  // namespace facegan::image
