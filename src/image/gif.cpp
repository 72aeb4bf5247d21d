// GIFs by giflib, with a palette for each frame.
#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "image/animation_codecs.h"
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

// The count is that of the repeats: players show the frames once more.
void write_loop(GifFileType* gif, int repeats) {
  const unsigned char block[] = {1, static_cast<unsigned char>(repeats & 255),
                                 static_cast<unsigned char>(repeats >> 8)};
  check(EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE), "loop");
  check(EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0"), "loop");
  check(EGifPutExtensionBlock(gif, sizeof block, block), "loop");
  check(EGifPutExtensionTrailer(gif), "loop");
}

// In blocks of up to 255 bytes.
void write_comment(GifFileType* gif, const std::string& text) {
  check(EGifPutExtensionLeader(gif, COMMENT_EXT_FUNC_CODE), "comment");
  for (std::size_t at = 0; at < text.size(); at += 255)
    check(EGifPutExtensionBlock(gif, static_cast<int>(std::min<std::size_t>(255, text.size() - at)),
                                text.data() + at),
          "comment");
  check(EGifPutExtensionTrailer(gif), "comment");
}

void write_frame(GifFileType* gif, const Image& frame, int delay_ms) {
  const Indexed indexed = with_palette(frame);
  int bits = 1;
  while (1u << bits < indexed.palette.size()) ++bits;
  // GIF palettes have 2, 4, 8 ... 256 entries.
  const std::unique_ptr<ColorMapObject, void (*)(ColorMapObject*)> colors(
      GifMakeMapObject(1 << bits, nullptr), GifFreeMapObject);
  if (!colors) throw std::bad_alloc();
  for (std::size_t i = 0; i < indexed.palette.size(); ++i)
    colors->Colors[i] = {indexed.palette[i][0], indexed.palette[i][1], indexed.palette[i][2]};

  GraphicsControlBlock control{};
  control.DisposalMode = DISPOSE_DO_NOT;
  control.DelayTime = (delay_ms + 5) / 10;
  control.TransparentColor = NO_TRANSPARENT_COLOR;
  GifByteType bytes[4];
  const auto size = static_cast<int>(EGifGCBToExtension(&control, bytes));
  check(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, size, bytes), "delay");
  check(EGifPutImageDesc(gif, 0, 0, frame.width, frame.height, false, colors.get()), "frame");
  std::vector<unsigned char> line(static_cast<std::size_t>(frame.width));  // giflib masks it in place
  for (int y = 0; y < frame.height; ++y) {
    std::memcpy(line.data(), indexed.indices.data() + line.size() * y, line.size());
    check(EGifPutLine(gif, line.data(), frame.width), "pixels");
  }
}

}  // namespace

std::string encode_gif(const Frames& frames, const AnimationStyle& style, const std::string& text) {
  const Image first = frames[0];
  const int width = first.width, height = first.height;
  if (width > 65535 || height > 65535)
    throw Error(ErrorKind::usage, core::str("frames of ", width, "x", height,
                                            " pixels are too large for a GIF (at most 65535 a side)"));
  std::string out;
  const auto take = [](GifFileType* gif, const GifByteType* bytes, int size) {
    static_cast<std::string*>(gif->UserData)->append(reinterpret_cast<const char*>(bytes), size);
    return size;
  };
  int error = 0;
  Gif gif(EGifOpen(&out, take, &error));
  if (!gif) throw std::bad_alloc();
  EGifSetGifVersion(gif.get(), true);  // 89a: delays and loops
  check(EGifPutScreenDesc(gif.get(), width, height, 8, 0, nullptr), "screen");
  if (style.loops != 1) write_loop(gif.get(), style.loops == 0 ? 0 : style.loops - 1);
  if (!text.empty()) write_comment(gif.get(), text);
  for (std::size_t i = 0; i < frames.size(); ++i)
    write_frame(gif.get(), frames[i], i + 1 == frames.size() ? last_ms(style) : style.frame_ms);
  check(EGifCloseFile(gif.release(), &error), "end");
  return out;
}

}  // namespace facegan::image
