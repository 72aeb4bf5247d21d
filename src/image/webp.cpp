// Animated WebP by libwebp, lossy: each frame as its difference from the one before.
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

using Encoder = std::unique_ptr<WebPAnimEncoder, void (*)(WebPAnimEncoder*)>;

void add(WebPAnimEncoder* encoder, const Image& frame, int start_ms, const WebPConfig& config) {
  const Image rgb = to_channels(frame, 3);
  WebPPicture picture;
  if (!WebPPictureInit(&picture)) throw Error(ErrorKind::internal, "WebP encoder: another libwebp");
  const std::unique_ptr<WebPPicture, void (*)(WebPPicture*)> owner(&picture, WebPPictureFree);
  picture.use_argb = 1;
  picture.width = rgb.width, picture.height = rgb.height;
  if (!WebPPictureImportRGB(&picture, rgb.pixels.data(), 3 * rgb.width)) throw std::bad_alloc();
  if (!WebPAnimEncoderAdd(encoder, &picture, start_ms, &config))
    throw Error(ErrorKind::internal, core::str("WebP encoder: ", WebPAnimEncoderGetError(encoder)));
}

}  // namespace

std::string encode_webp(const std::vector<Image>& frames, const AnimationStyle& style) {
  const int width = frames[0].width, height = frames[0].height;
  if (width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION)
    throw Error(ErrorKind::usage, core::str("frames of ", width, "x", height, " pixels are too large for a ",
                                            "WebP (at most ", WEBP_MAX_DIMENSION, " a side)"));
  if (frames.size() > static_cast<std::size_t>((INT32_MAX - 60000) / style.frame_ms))
    throw Error(ErrorKind::usage, core::str(frames.size(), " frames of ", style.frame_ms,
                                            " ms are too long for a WebP (at most 24 days)"));
  WebPAnimEncoderOptions options;
  WebPConfig config;
  if (!WebPAnimEncoderOptionsInit(&options) || !WebPConfigInit(&config))
    throw Error(ErrorKind::internal, "WebP encoder: another libwebp");
  options.anim_params.loop_count = style.loops;
  config.quality = kQuality;
  const Encoder encoder(WebPAnimEncoderNew(width, height, &options), WebPAnimEncoderDelete);
  if (!encoder) throw std::bad_alloc();
  int start_ms = 0;
  for (const Image& frame : frames) {
    add(encoder.get(), frame, start_ms, config);
    start_ms += &frame == &frames.back() ? last_ms(style) : style.frame_ms;
  }
  WebPData file;
  WebPDataInit(&file);
  const std::unique_ptr<WebPData, void (*)(WebPData*)> owner(&file, WebPDataClear);
  if (!WebPAnimEncoderAdd(encoder.get(), nullptr, start_ms, nullptr) ||
      !WebPAnimEncoderAssemble(encoder.get(), &file))
    throw Error(ErrorKind::internal, core::str("WebP encoder: ", WebPAnimEncoderGetError(encoder.get())));
  return {reinterpret_cast<const char*>(file.bytes), file.size};
}

}  // namespace facegan::image
