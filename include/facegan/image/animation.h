#pragma once
// Animations: GIF, animated WebP, MP4.
#include <functional>
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

// The frames of an animation, made or read one at a time: not all of thousands are in memory at once.
class Frames {
 public:
  // make: frame i, each time it is asked for; encoders ask for the first one more than once.
  Frames(std::size_t count, std::function<Image(std::size_t i)> make)
      : count_(count), make_(std::move(make)) {}
  Frames(std::vector<Image> images)  // NOLINT(google-explicit-constructor): those in memory are frames, too
      : Frames(images.size(), nullptr) {
    make_ = [all = std::move(images)](std::size_t i) { return all.at(i); };
  }
  std::size_t size() const { return count_; }
  Image operator[](std::size_t i) const { return make_(i); }

 private:
  std::size_t count_;
  std::function<Image(std::size_t)> make_;
};

enum class AnimationFormat { gif, webp, mp4 };

// By the ending of a name (.gif, .webp, .mp4), in whatever case; nothing for another one.
std::optional<AnimationFormat> animation_format(const std::string& file_name);

// What this build lacks to write the format, such as "WebP encoder (libwebp-dev)"; "" = nothing.
std::string missing_encoder(AnimationFormat format);

// The whole file; the same frames and fields give the same bytes. Frames: equal sizes, 1 or 3 channels.
// fields: in a comment of a GIF, a chunk "fgan" of a WebP, a box "uuid" of an MP4; line feeds as printable()
// shows them. Error(usage) when the encoder is missing, or the frames are too large for it; Error(internal)
// for no frames, unequal ones and a style out of range; what making a frame throws.
std::string encode_animation(AnimationFormat format, const Frames& frames, const AnimationStyle& style = {},
                             const TextFields& fields = {});

}  // namespace facegan::image
