// WebP by libwebp.
#include <webp/decode.h>
#ifdef FACEGAN_HAVE_WEBP
#include <webp/mux.h>
#endif

#include <cstring>
#include <memory>

#include "image/codecs.h"

namespace facegan::image {
namespace {

WebPBitstreamFeatures features_of(Bytes encoded) {
  WebPBitstreamFeatures features;
  switch (WebPGetFeatures(encoded.data(), encoded.size(), &features)) {
    case VP8_STATUS_OK:
      break;
    case VP8_STATUS_NOT_ENOUGH_DATA:
      fail_data("truncated WebP");
    default:
      fail_data("damaged WebP");
  }
  return features;
}

// That of the EXIF chunk, which only the extended form has. Chunks: name, size, bytes, padding to even.
int orientation(Bytes encoded) {
  if (std::memcmp(encoded.data() + 12, "VP8X", 4) != 0) return 1;
  for (std::size_t at = 12; at + 8 <= encoded.size();) {
    const unsigned char* chunk = encoded.data() + at;
    const std::size_t size = std::size_t{chunk[7]} << 24 | chunk[6] << 16 | chunk[5] << 8 | chunk[4];
    if (std::memcmp(chunk, "EXIF", 4) == 0 && size <= encoded.size() - at - 8) {
      Bytes exif = encoded.subspan(at + 8, size);
      if (exif.size() > 6 && std::memcmp(exif.data(), "Exif\0", 6) == 0) exif = exif.subspan(6);
      return exif_orientation(exif);
    }
    at += 8 + size + size % 2;
  }
  return 1;
}

// Of what is no animation.
Image decode_still(Bytes encoded, const WebPBitstreamFeatures& features) {
  Image picture(features.width, features.height, features.has_alpha ? 4 : 3);
  const auto decode_into = features.has_alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (!decode_into(encoded.data(), encoded.size(), picture.pixels.data(), picture.pixels.size(),
                   picture.width * picture.channels))
    fail_data("truncated or damaged WebP");
  return picture;
}

// On a clear canvas, of which it may cover a part.
Image decode_first_frame(Bytes encoded, const WebPBitstreamFeatures& canvas, const DecodeLimits& limits) {
#ifdef FACEGAN_HAVE_WEBP
  const WebPData data{encoded.data(), encoded.size()};
  const std::unique_ptr<WebPMux, void (*)(WebPMux*)> mux(WebPMuxCreate(&data, /*copy_data=*/0),
                                                         WebPMuxDelete);
  WebPMuxFrameInfo frame{};
  if (!mux || WebPMuxGetFrame(mux.get(), 1, &frame) != WEBP_MUX_OK) fail_data("truncated or damaged WebP");
  const std::unique_ptr<WebPData, void (*)(WebPData*)> owner(&frame.bitstream, WebPDataClear);
  const Bytes still(frame.bitstream.bytes, frame.bitstream.size);
  const WebPBitstreamFeatures features = features_of(still);
  check_dimensions(static_cast<std::uint64_t>(features.width), static_cast<std::uint64_t>(features.height),
                   limits);
  if (features.has_animation || frame.x_offset < 0 || frame.y_offset < 0 ||
      frame.x_offset > canvas.width - features.width || frame.y_offset > canvas.height - features.height)
    fail_data("damaged WebP");
  const Image picture = decode_still(still, features);
  if (picture.width == canvas.width && picture.height == canvas.height) return picture;
  Image out(canvas.width, canvas.height, 4);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      unsigned char* to = out.at(frame.x_offset + x, frame.y_offset + y);
      to[3] = 255;
      std::memcpy(to, picture.at(x, y), static_cast<std::size_t>(picture.channels));
    }
  return out;
#else
  fail_data("animated WebP, which this build does not read (libwebpmux was not there)");
#endif
}

}  // namespace

Decoded decode_webp(Bytes encoded, const DecodeLimits& limits) {
  const WebPBitstreamFeatures features = features_of(encoded);
  check_dimensions(static_cast<std::uint64_t>(features.width), static_cast<std::uint64_t>(features.height),
                   limits);
  Image picture = features.has_animation ? decode_first_frame(encoded, features, limits)
                                         : decode_still(encoded, features);
  return {upright(std::move(picture), orientation(encoded))};
}

Dimensions webp_dimensions(Bytes encoded) {
  const WebPBitstreamFeatures features = features_of(encoded);
  return {static_cast<std::uint64_t>(features.width), static_cast<std::uint64_t>(features.height)};
}

}  // namespace facegan::image
