#pragma once
// The encoders behind encode_animation, which has checked frames and style.
#include "facegan/image/animation.h"

namespace facegan::image {

// A palette for each frame, with Floyd-Steinberg dithering, so that faces show no bands.
std::string encode_gif(const Frames& frames, const AnimationStyle& style);

#ifdef FACEGAN_HAVE_WEBP
std::string encode_webp(const Frames& frames, const AnimationStyle& style);
#endif

// By a module that the program loads when it is first asked for.
bool can_encode_mp4();
std::string encode_mp4(const Frames& frames, const AnimationStyle& style);

// Milliseconds that the last frame stays.
inline int last_ms(const AnimationStyle& style) {
  return style.last_ms ? style.last_ms : style.frame_ms;
}

}  // namespace facegan::image
