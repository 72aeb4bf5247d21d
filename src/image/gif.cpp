// Animated GIFs by giflib: a median-cut palette for each frame, Floyd-Steinberg dithering.
#include "facegan/image/gif.h"

#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "image/palette.h"

namespace facegan::image {
namespace {

struct CloseGif {
  void operator()(GifFileType* gif) const {
    int error = 0;
    EGifCloseFile(gif, &error);
  }
};
using Gif = std::unique_ptr<GifFileType, CloseGif>;

void check(int result, const char* what) {
  if (result == GIF_ERROR) throw Error(ErrorKind::internal, core::str("GIF encoder: ", what));
}

void write_loop(GifFileType* gif) {
  const unsigned char forever[] = {1, 0, 0};
  check(EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE), "loop");
  check(EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0"), "loop");
  check(EGifPutExtensionBlock(gif, sizeof forever, forever), "loop");
  check(EGifPutExtensionTrailer(gif), "loop");
}

void write_frame(GifFileType* gif, const Image& frame, int delay_ms) {
  const Indexed indexed = with_palette(frame);
  int bits = 1;
  while (1u << bits < indexed.palette.size()) ++bits;
  // GIF palettes have 2, 4, 8 ... 256 entries.
  const std::unique_ptr<ColorMapObject, void (*)(ColorMapObject*)> colours(
      GifMakeMapObject(1 << bits, nullptr), GifFreeMapObject);
  if (!colours) throw std::bad_alloc();
  for (std::size_t i = 0; i < indexed.palette.size(); ++i)
    colours->Colors[i] = {indexed.palette[i][0], indexed.palette[i][1], indexed.palette[i][2]};

  GraphicsControlBlock control{};
  control.DisposalMode = DISPOSE_DO_NOT;
  control.DelayTime = std::clamp((delay_ms + 5) / 10, 0, 65535);
  control.TransparentColor = NO_TRANSPARENT_COLOR;
  GifByteType bytes[4];
  const auto size = static_cast<int>(EGifGCBToExtension(&control, bytes));
  check(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, size, bytes), "delay");
  check(EGifPutImageDesc(gif, 0, 0, frame.width, frame.height, false, colours.get()), "frame");
  std::vector<unsigned char> line(static_cast<std::size_t>(frame.width));  // giflib masks it in place
  for (int y = 0; y < frame.height; ++y) {
    std::memcpy(line.data(), indexed.indices.data() + line.size() * y, line.size());
    check(EGifPutLine(gif, line.data(), frame.width), "pixels");
  }
}

void check_frames(const std::vector<Image>& frames) {
  const auto fail = [](const auto&... what) {
    throw Error(ErrorKind::internal, core::str("encode_gif: ", what...));
  };
  if (frames.empty()) fail("no frames");
  const Image& first = frames.front();
  if (first.width < 1 || first.height < 1 || first.width > 65535 || first.height > 65535)
    fail(first.width, "x", first.height, " pixels; a GIF has 1 to 65535 a side");
  for (const Image& frame : frames)
    if (frame.width != first.width || frame.height != first.height ||
        (frame.channels != 1 && frame.channels != 3))
      fail("frame ", &frame - &first, " of ", frame.width, "x", frame.height, "x", frame.channels, " after ",
           first.width, "x", first.height, "x", first.channels);
}

}  // namespace

std::string encode_gif(const std::vector<Image>& frames, const GifOptions& options) {
  check_frames(frames);
  std::string out;
  const auto take = [](GifFileType* gif, const GifByteType* bytes, int size) {
    static_cast<std::string*>(gif->UserData)->append(reinterpret_cast<const char*>(bytes), size);
    return size;
  };
  int error = 0;
  Gif gif(EGifOpen(&out, take, &error));
  if (!gif) throw std::bad_alloc();
  EGifSetGifVersion(gif.get(), true);  // 89a: delays and loops
  check(EGifPutScreenDesc(gif.get(), frames[0].width, frames[0].height, 8, 0, nullptr), "screen");
  if (options.loop) write_loop(gif.get());
  for (const Image& frame : frames)
    write_frame(gif.get(), frame, &frame == &frames.back() ? options.last_delay_ms : options.delay_ms);
  check(EGifCloseFile(gif.release(), &error), "end");
  return out;
}

}  // namespace facegan::image
