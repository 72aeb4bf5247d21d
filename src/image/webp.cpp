// WebP by libwebp.
#include <webp/decode.h>

#include <cstring>

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
  if (features.has_animation) fail_data("animated WebP");
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

}  // namespace

Decoded decode_webp(Bytes encoded, const DecodeLimits& limits) {
  const WebPBitstreamFeatures features = features_of(encoded);
  check_dimensions(static_cast<std::uint64_t>(features.width), static_cast<std::uint64_t>(features.height),
                   limits);
  Image picture(features.width, features.height, features.has_alpha ? 4 : 3);
  const auto decode_into = features.has_alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (!decode_into(encoded.data(), encoded.size(), picture.pixels.data(), picture.pixels.size(),
                   picture.width * picture.channels))
    fail_data("truncated or damaged WebP");
  return {upright(std::move(picture), orientation(encoded))};
}

Dimensions webp_dimensions(Bytes encoded) {
  const WebPBitstreamFeatures features = features_of(encoded);
  return {static_cast<std::uint64_t>(features.width), static_cast<std::uint64_t>(features.height)};
}

}  // namespace facegan::image
