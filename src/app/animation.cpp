#include "app/animation.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
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
    throw Error(ErrorKind::usage, str("this build has no ", missing, ": let --out end in .gif"));
  return *format;
}

std::vector<image::Image> sized_frames(const Invocation& invocation, std::vector<image::Image> frames) {
  const int longer = std::max(frames.at(0).width, frames[0].height);
  const auto size = static_cast<int>(invocation.integer("size", longer, 16, 8192));
  if (size == longer) return frames;
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * size / longer)));
  };
  for (image::Image& frame : frames) frame = image::resize(frame, scaled(frame.width), scaled(frame.height));
  return frames;
}

void write_animation(const std::filesystem::path& out, const std::vector<image::Image>& frames,
                     const image::AnimationStyle& style) {
  const std::string file = image::encode_animation(animation_format(out), frames, style);
  if (out.has_parent_path()) core::make_folder(out.parent_path());
  core::write_file_atomic(out, file);
  core::print(out.string());
}

}  // namespace facegan::app
