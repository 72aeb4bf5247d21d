// Animated WebP by libwebp, lossy. Every frame is whole: libwebp's own animation encoder leaves out what
// differs little from the frame before, again and again, so that in a slow walk whole blocks stand still.
#include <webp/encode.h>
#include <webp/mux.h>

#include <memory>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "image/animation_codecs.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

constexpr float kQuality = 90;  // of 100

void check(bool done, const char* what) {
  if (!done) throw Error(ErrorKind::internal, core::str("WebP encoder: ", what));
}

// One frame's bits.
class Still {
 public:
  Still(const Image& frame, const WebPConfig& config) {
    WebPMemoryWriterInit(&writer_);
    WebPPicture picture;
    check(WebPPictureInit(&picture), "another libwebp");
    const std::unique_ptr<WebPPicture, void (*)(WebPPicture*)> owner(&picture, WebPPictureFree);
    const Image rgb = to_channels(frame, 3);
    picture.width = rgb.width, picture.height = rgb.height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer_;
    if (!WebPPictureImportRGB(&picture, rgb.pixels.data(), 3 * rgb.width) || !WebPEncode(&config, &picture)) {
      WebPMemoryWriterClear(&writer_);
      check(false, core::str("error ", picture.error_code).c_str());
    }
  }
  Still(const Still&) = delete;
  ~Still() { WebPMemoryWriterClear(&writer_); }
  WebPData data() const { return {writer_.mem, writer_.size}; }

 private:
  WebPMemoryWriter writer_;
};

}  // namespace

std::string encode_webp(const Frames& frames, const AnimationStyle& style, const std::string& text) {
  const Image first = frames[0];
  const int width = first.width, height = first.height;
  if (width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION)
    throw Error(ErrorKind::usage, core::str("frames of ", width, "x", height, " pixels are too large for a ",
                                            "WebP (at most ", WEBP_MAX_DIMENSION, " a side)"));
  WebPConfig config;
  check(WebPConfigInit(&config), "another libwebp");
  config.quality = kQuality;
  const std::unique_ptr<WebPMux, void (*)(WebPMux*)> file(WebPMuxNew(), WebPMuxDelete);
  if (!file) throw std::bad_alloc();
  const WebPMuxAnimParams params{.bgcolor = 0xFFFFFFFF, .loop_count = style.loops};
  check(WebPMuxSetAnimationParams(file.get(), &params) == WEBP_MUX_OK, "loop");
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Still still(frames[i], config);
    WebPMuxFrameInfo info{};
    info.bitstream = still.data();
    info.duration = i + 1 == frames.size() ? last_ms(style) : style.frame_ms;
    info.id = WEBP_CHUNK_ANMF;
    info.dispose_method = WEBP_MUX_DISPOSE_NONE;
    info.blend_method = WEBP_MUX_NO_BLEND;
    check(WebPMuxPushFrame(file.get(), &info, /*copy_data=*/1) == WEBP_MUX_OK, "frame");
  }
  const WebPData chunk{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  if (!text.empty())
    check(WebPMuxSetChunk(file.get(), kFieldsChunk, &chunk, /*copy_data=*/0) == WEBP_MUX_OK, "text");
  WebPData all;
  WebPDataInit(&all);
  const std::unique_ptr<WebPData, void (*)(WebPData*)> owner(&all, WebPDataClear);
  check(WebPMuxAssemble(file.get(), &all) == WEBP_MUX_OK, "file");
  return {reinterpret_cast<const char*>(all.bytes), all.size};
}

}  // namespace facegan::image
