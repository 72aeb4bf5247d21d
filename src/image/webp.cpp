// WebP by libwebp.
#include <webp/decode.h>

#include <cstring>
#include <optional>
#include <string>

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

// A chunk: name, size, bytes, padding to even.
struct Chunk {
  std::string_view name;
  Bytes bytes, whole;  // whole: with name, size and padding
};

// The one at `at`, which goes behind it; nothing where none is whole.
std::optional<Chunk> next_chunk(Bytes chunks, std::size_t& at) {
  if (at > chunks.size() || chunks.size() - at < 8) return {};
  const unsigned char* chunk = chunks.data() + at;
  const std::size_t size = std::size_t{chunk[7]} << 24 | chunk[6] << 16 | chunk[5] << 8 | chunk[4];
  if (size > chunks.size() - at - 8) return {};
  const std::size_t padded = std::min(size + size % 2, chunks.size() - at - 8);
  at += 8 + padded;
  return Chunk{{reinterpret_cast<const char*>(chunk), 4}, {chunk + 8, size}, {chunk, 8 + padded}};
}

// That of the EXIF chunk, which only the extended form has.
int orientation(Bytes encoded) {
  if (std::memcmp(encoded.data() + 12, "VP8X", 4) != 0) return 1;
  for (std::size_t at = 12; const auto chunk = next_chunk(encoded, at);)
    if (chunk->name == "EXIF") {
      Bytes exif = chunk->bytes;
      if (exif.size() > 6 && std::memcmp(exif.data(), "Exif\0", 6) == 0) exif = exif.subspan(6);
      return exif_orientation(exif);
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

// The first ANMF chunk: x, y (halved), width, height (less one), of three bytes each, four bytes, then chunks
// of a still picture (WebP container specification). Later frames are not looked at.
Bytes first_frame_of(Bytes encoded) {
  // The whole file is there: its own size, less eight.
  const std::size_t size =
      encoded[7] * std::size_t{1 << 24} + (encoded[6] << 16 | encoded[5] << 8 | encoded[4]);
  if (size > encoded.size() - 8) fail_data("truncated WebP");
  for (std::size_t at = 12; const auto chunk = next_chunk(encoded, at);)
    if (chunk->name == "ANMF") return chunk->bytes;
  fail_data("truncated WebP");
}

// On a clear canvas, of which it may cover a part.
Image decode_first_frame(Bytes encoded, const WebPBitstreamFeatures& canvas, const DecodeLimits& limits) {
  constexpr std::size_t kHeader = 16;
  const Bytes frame = first_frame_of(encoded);
  if (frame.size() < kHeader) fail_data("damaged WebP");
  const auto number = [&](std::size_t k) { return frame[k] | frame[k + 1] << 8 | frame[k + 2] << 16; };
  const int left = 2 * number(0), top = 2 * number(3), width = number(6) + 1, height = number(9) + 1;
  // As a file of its own: alpha has a chunk beside the pixels, which the extended header announces.
  std::string alpha, pixels;
  for (std::size_t at = kHeader; pixels.empty();) {
    const auto chunk = next_chunk(frame, at);
    if (!chunk) fail_data("truncated WebP");
    const std::string_view whole(reinterpret_cast<const char*>(chunk->whole.data()), chunk->whole.size());
    if (chunk->name == "ALPH") alpha = whole;
    if (chunk->name == "VP8 " || chunk->name == "VP8L") pixels = whole;
  }
  std::string still = "RIFF????WEBP";
  if (!alpha.empty())
    still += std::string("VP8X\x0A\0\0\0\x10\0\0\0", 12) +
             std::string(reinterpret_cast<const char*>(frame.data()) + 6, 6) + alpha;
  still += pixels;
  for (int k = 0; k < 4; ++k)
    still[static_cast<std::size_t>(4 + k)] = static_cast<char>((still.size() - 8) >> 8 * k);
  const Bytes file = as_bytes(still);
  const WebPBitstreamFeatures features = features_of(file);
  if (features.has_animation || features.width != width || features.height != height ||
      left > canvas.width - width || top > canvas.height - height)
    fail_data("damaged WebP");
  check_dimensions(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height), limits);
  const Image picture = decode_still(file, features);
  if (width == canvas.width && height == canvas.height) return picture;
  Image out(canvas.width, canvas.height, 4);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      unsigned char* to = out.at(left + x, top + y);
      to[3] = 255;
      std::memcpy(to, picture.at(x, y), static_cast<std::size_t>(picture.channels));
    }
  return out;
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
