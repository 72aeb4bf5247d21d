#pragma once
// The encoders behind encode_animation, which has checked frames and style.
#include "facegan/image/animation.h"

namespace facegan::image {

// A palette for each frame, with Floyd-Steinberg dithering, so that faces show no bands.
std::string encode_gif(const std::vector<Image>& frames, const AnimationStyle& style);

}  // namespace facegan::image
