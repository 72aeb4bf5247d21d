#pragma once
// The encoders behind encode_animation, which has checked frames and style, and where text fields are in a
// file.
#include <string>

#include "facegan/image/animation.h"

namespace facegan::image {

// The text fields of an MP4 are in a box "uuid" of this UUID (a random one), those of a WebP in a chunk.
inline constexpr char kFieldsUuid[] = "\x5b\x1d\x84\x0e\xc6\x2f\x4a\x93\xb7\x66\x0f\x2e\x91\xd4\x3a\x78";
inline constexpr char kFieldsChunk[] = "fgan";

// text: the fields as lines; "" = none.

// A palette for each frame, with Floyd-Steinberg dithering, so that faces show no bands.
std::string encode_gif(const Frames& frames, const AnimationStyle& style, const std::string& text);

#ifdef FACEGAN_HAVE_WEBP
std::string encode_webp(const Frames& frames, const AnimationStyle& style, const std::string& text);
#endif

// By a module that the program loads when it is first asked for.
bool can_encode_mp4();
std::string encode_mp4(const Frames& frames, const AnimationStyle& style, const std::string& text);

// Milliseconds that the last frame stays.
inline int last_ms(const AnimationStyle& style) {
  return style.last_ms ? style.last_ms : style.frame_ms;
}

}  // namespace facegan::image
