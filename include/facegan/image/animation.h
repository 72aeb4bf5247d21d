#pragma once
// Animations: GIF, animated WebP, MP4.
#include <optional>
#include <string>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::image {

struct AnimationStyle {
  int frame_ms = 200;  // of each frame, 10 to 60000; GIF counts in 10 ms
  int last_ms = 1500;  // of the last frame, 10 to 60000; 0 = frame_ms
  int loops = 0;       // how often it plays, up to 65535; 0 = for ever (an MP4 leaves that to its player)
};

enum class AnimationFormat { gif, webp, mp4 };

// By the ending of a name (.gif, .webp, .mp4), in whatever case; nothing for another one.
std::optional<AnimationFormat> animation_format(const std::string& file_name);

// What this build lacks to write the format, such as "WebP encoder (libwebp-dev)"; "" = nothing.
std::string missing_encoder(AnimationFormat format);

// The whole file; the same frames give the same bytes. Frames: equal sizes, 1 or 3 channels.
// Error(usage) when the encoder is missing, or the frames are too large for it;
// Error(internal) for no frames, unequal ones and a style out of range.
std::string encode_animation(AnimationFormat format, const std::vector<Image>& frames,
                             const AnimationStyle& style = {});

}  // namespace facegan::image
