#include "facegan/image/animation.h"

#include <algorithm>
#include <cctype>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "image/animation_codecs.h"

namespace facegan::image {
namespace {

void check(const std::vector<Image>& frames, const AnimationStyle& style) {
  const auto fail = [](const auto&... what) {
    throw Error(ErrorKind::internal, core::str("encode_animation: ", what...));
  };
  if (style.frame_ms < 10 || style.frame_ms > 60000 || (style.last_ms != 0 && style.last_ms < 10) ||
      style.last_ms > 60000 || style.loops < 0 || style.loops > 65535)
    fail(style.frame_ms, " ms, ", style.last_ms, " ms, ", style.loops, " loops");
  if (frames.empty()) fail("no frames");
  const Image& first = frames.front();
  if (first.width < 1 || first.height < 1) fail(first.width, "x", first.height, " pixels");
  for (const Image& frame : frames)
    if (frame.width != first.width || frame.height != first.height ||
        (frame.channels != 1 && frame.channels != 3))
      fail("frame ", &frame - &frames[0], " of ", frame.width, "x", frame.height, "x", frame.channels,
           " after ", first.width, "x", first.height, "x", first.channels);
}

}  // namespace

std::optional<AnimationFormat> animation_format(const std::string& file_name) {
  std::string ending = file_name.substr(std::min(file_name.rfind('.'), file_name.size()));
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".gif") return AnimationFormat::gif;
  if (ending == ".webp") return AnimationFormat::webp;
  if (ending == ".mp4") return AnimationFormat::mp4;
  return std::nullopt;
}

std::string encode_animation(AnimationFormat format, const std::vector<Image>& frames,
                             const AnimationStyle& style) {
  check(frames, style);
  switch (format) {
    case AnimationFormat::gif:
      return encode_gif(frames, style);
    case AnimationFormat::webp:
      throw Error(ErrorKind::usage, "this build has no WebP encoder (libwebp-dev): use .gif");
    default:
      throw Error(ErrorKind::usage, "this build has no MP4 encoder (libopencv-videoio-dev): use .gif");
  }
}

}  // namespace facegan::image
