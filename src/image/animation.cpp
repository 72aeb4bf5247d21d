#include "facegan/image/animation.h"

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "image/animation_codecs.h"

namespace facegan::image {
namespace {

template <class... What>
[[noreturn]] void fail(const What&... what) {
  throw Error(ErrorKind::internal, core::str("encode_animation: ", what...));
}

void check(const Frames& frames, const AnimationStyle& style) {
  if (style.frame_ms < 10 || style.frame_ms > 60000 || (style.last_ms != 0 && style.last_ms < 10) ||
      style.last_ms > 60000 || style.loops < 0 || style.loops > 65535)
    fail(style.frame_ms, " ms, ", style.last_ms, " ms, ", style.loops, " loops");
  if (frames.size() == 0) fail("no frames");
}

// The same frames; one that is unlike the first, or like no picture, is Error(internal).
Frames checked(const Frames& frames) {
  const Image first = frames[0];
  return {frames.size(), [&frames, width = first.width, height = first.height](std::size_t i) {
            Image frame = frames[i];
            if (width < 1 || height < 1 || frame.width != width || frame.height != height ||
                (frame.channels != 1 && frame.channels != 3))
              fail("frame ", i, " of ", frame.width, "x", frame.height, "x", frame.channels, " after ", width,
                   "x", height);
            return frame;
          }};
}

// A line for each; what read_text_fields takes apart again.
std::string lines(const TextFields& fields) {
  std::string text;
  for (const auto& [keyword, value] : fields) {
    const bool one_line = value.find('\n') == std::string::npos;
    text += keyword + ": " + (one_line ? value : core::printable(value)) + '\n';
  }
  return text;
}

}  // namespace

std::optional<AnimationFormat> animation_format(const std::string& file_name) {
  const std::string ending =
      core::lower_case(file_name.substr(std::min(file_name.rfind('.'), file_name.size())));
  if (ending == ".gif") return AnimationFormat::gif;
  if (ending == ".webp") return AnimationFormat::webp;
  if (ending == ".mp4") return AnimationFormat::mp4;
  return std::nullopt;
}

std::string missing_encoder(AnimationFormat format) {
#ifndef FACEGAN_HAVE_WEBP
  if (format == AnimationFormat::webp) return "WebP encoder (a build from source with libwebp-dev has)";
#endif
  if (format == AnimationFormat::mp4 && !can_encode_mp4())
    return "MP4 encoder (its module libfacegan_video.so is not beside it, or does not load; a build from "
           "source with "
           "libopencv-videoio-dev has one)";
  return "";
}

std::string encode_animation(AnimationFormat format, const Frames& frames, const AnimationStyle& style,
                             const TextFields& fields) {
  check(frames, style);
  if (const std::string missing = missing_encoder(format); !missing.empty())
    throw Error(ErrorKind::usage, core::str("this program has no ", missing, ": use .gif"));
  const Frames all = checked(frames);
  const std::string text = lines(fields);
#ifdef FACEGAN_HAVE_WEBP
  if (format == AnimationFormat::webp) return encode_webp(all, style, text);
#endif
  return format == AnimationFormat::gif ? encode_gif(all, style, text) : encode_mp4(all, style, text);
}

}  // namespace facegan::image
