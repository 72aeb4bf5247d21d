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

std::string missing_encoder(AnimationFormat format) {
#ifndef FACEGAN_HAVE_WEBP
  if (format == AnimationFormat::webp) return "WebP encoder (libwebp-dev)";
#endif
  return format == AnimationFormat::mp4 && !can_encode_mp4() ? "MP4 encoder (libopencv-videoio-dev)" : "";
}

std::string encode_animation(AnimationFormat format, const std::vector<Image>& frames,
                             const AnimationStyle& style) {
  check(frames, style);
  if (const std::string missing = missing_encoder(format); !missing.empty())
    throw Error(ErrorKind::usage, core::str("this build has no ", missing, ": use .gif"));
#ifdef FACEGAN_HAVE_WEBP
  if (format == AnimationFormat::webp) return encode_webp(frames, style);
#endif
  return format == AnimationFormat::gif ? encode_gif(frames, style) : encode_mp4(frames, style);
}

}  // namespace facegan::image
