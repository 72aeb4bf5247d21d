#include "app/make/animation.h"

#include <algorithm>
#include <cmath>

#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::app {

using core::str;

image::AnimationStyle animation_style(const Invocation& invocation, image::AnimationStyle style) {
  if (invocation.has("fps")) {
    const std::string text = invocation.text("fps", "");
    double fps;
    if (!core::parse_real(text, fps) || !(fps >= 0.02 && fps <= 60))
      throw Error(ErrorKind::usage,
                  str("--fps is a number from 0.02 to 60, not '", core::printable(text), "'"));
    style.frame_ms = static_cast<int>(std::lround(1000 / fps));
  }
  style.last_ms = static_cast<int>(invocation.integer("last-ms", style.last_ms, 0, 60000));
  if (style.last_ms != 0 && style.last_ms < 10)
    throw Error(ErrorKind::usage,
                str("--last-ms is 10 to 60000, or 0 for as long as the others, not ", style.last_ms));
  style.loops = static_cast<int>(invocation.integer("loop", style.loops, 0, 65535));
  return style;
}

image::AnimationFormat animation_format(const std::filesystem::path& out) {
  const auto format = image::animation_format(out.string());
  if (!format)
    throw Error(ErrorKind::usage,
                str("--out ", core::printable(out.string()), " must end in .gif, .webp or .mp4"));
  if (const std::string missing = image::missing_encoder(*format); !missing.empty())
    throw Error(ErrorKind::usage, str("this program has no ", missing, ": let --out end in .gif"));
  return *format;
}

image::Frames sized_frames(const Invocation& invocation, image::Frames frames) {
  const image::Image first = frames[0];
  const int longer = std::max(first.width, first.height);
  const auto size = static_cast<int>(invocation.integer("size", longer, 16, 8192));
  if (size == longer) return frames;
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * size / longer)));
  };
  const std::size_t count = frames.size();
  return {count, [frames = std::move(frames), width = scaled(first.width), height = scaled(first.height)](
                     std::size_t i) { return image::resize(frames[i], width, height); }};
}

void write_animation(const std::filesystem::path& out, const image::Frames& frames,
                     const image::AnimationStyle& style, const image::TextFields& fields) {
  write_output(out, image::encode_animation(animation_format(out), frames, style, fields));
}

}  // namespace facegan::app
