// Which decoder reads a file, told by its first bytes.
#include <cstring>
#include <mutex>
#include <string_view>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

// Larger pictures than this are decoded one at a time, so that a set of them needs the memory of one
// however many workers there are (100 megapixels of 16-bit colour with alpha: 1.2 GB).
constexpr std::uint64_t kLargePixels = 25'000'000;
std::mutex large_mutex;
thread_local std::unique_lock<std::mutex> large_turn(large_mutex, std::defer_lock);

// At the start of each call: check_dimensions takes the turn, the call's end gives it back.
struct TurnBack {
  ~TurnBack() {
    if (large_turn.owns_lock()) large_turn.unlock();
  }
};

enum class Format { unknown, jpeg, png, bmp, webp, tiff, pnm, gif, heif };
using namespace std::string_view_literals;

Format format_of(Bytes encoded) {
  const std::string_view head(reinterpret_cast<const char*>(encoded.data()),
                              std::min<std::size_t>(encoded.size(), 16));
  const auto starts = [&](std::string_view magic, std::size_t at = 0) {
    return head.size() >= at + magic.size() && head.compare(at, magic.size(), magic) == 0;
  };
  if (starts("\xFF\xD8\xFF")) return Format::jpeg;
  if (starts("\x89PNG\r\n\x1A\n")) return Format::png;
  if (starts("RIFF") && starts("WEBP", 8)) return Format::webp;
  for (const std::string_view magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})  // + BigTIFF
    if (starts(magic)) return Format::tiff;
  if (starts("BM")) return Format::bmp;
  if (starts("GIF87a") || starts("GIF89a")) return Format::gif;
  if (is_heif(head)) return Format::heif;
  if (head.size() > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
      (std::strchr(" \t\r\n#", head[2]) && head[2]))
    return Format::pnm;
  return Format::unknown;
}

void check_call(Bytes encoded, int channels, const DecodeLimits& limits) {
  if (channels != 1 && channels != 3)
    throw Error(ErrorKind::internal, core::str("decode: ", channels, " channels asked for, not 1 or 3"));
  if (encoded.empty()) fail_data("empty file");
  if (encoded.size() > limits.max_bytes)
    fail_data(core::str("file of ", core::human_bytes(encoded.size()), " is larger than the limit of ",
                        core::human_bytes(limits.max_bytes)));
}

[[noreturn]] void fail_unknown() {
  fail_data("not a picture of a known kind (JPEG, PNG, BMP, WebP, TIFF, GIF, HEIC, AVIF, PBM, PGM, PPM)");
}

Decoded decode_as_stored(Bytes encoded, Format format, const DecodeLimits& limits) {
  switch (format) {
    case Format::png:
      return decode_png_as_stored(encoded, limits);
    case Format::pnm:
      return decode_pnm(encoded, limits);
    case Format::bmp:
      return decode_bmp(encoded, limits);
    case Format::webp:
      return decode_webp(encoded, limits);
    case Format::tiff:
      return decode_tiff(encoded, limits);
    case Format::gif:
      return decode_gif(encoded, limits);
    case Format::heif:
      return decode_heif(encoded, limits);
    default:
      fail_unknown();
  }
}

// Upright, cut, in the original's scale.
Image decode_cut(Bytes encoded, const Crop& crop, int channels, const DecodeLimits& limits) {
  check_call(encoded, channels, limits);
  const Format format = format_of(encoded);
  if (format == Format::jpeg) return decode_jpeg(encoded, crop, channels, limits);
  Decoded decoded = decode_as_stored(encoded, format, limits);
  const Box box = crop_box(crop, decoded.picture.width, decoded.picture.height);
  if (box.width() != decoded.picture.width || box.height() != decoded.picture.height)
    decoded.picture = cut(decoded.picture, box);
  return to_channels(std::move(decoded.picture), channels, decoded.premultiplied);
}

}  // namespace

bool is_picture(Bytes head) {
  return format_of(head) != Format::unknown;
}

Facts facts_of(Bytes encoded) {
  const TurnBack back;
  const auto facts = [](const char* format, const Dimensions& found) {
    if (found.width < 1 || found.height < 1 || found.width > INT32_MAX || found.height > INT32_MAX)
      fail_data(core::str("no ", format, " of ", found.width, "x", found.height, " pixels"));
    return Facts{format, static_cast<int>(found.width), static_cast<int>(found.height)};
  };
  switch (format_of(encoded)) {
    case Format::jpeg:
      return facts("JPEG", jpeg_dimensions(encoded));
    case Format::png:
      return facts("PNG", png_dimensions(encoded));
    case Format::pnm:
      return facts("PNM", pnm_dimensions(encoded));
    case Format::bmp:
      return facts("BMP", bmp_dimensions(encoded));
    case Format::webp:
      return facts("WebP", webp_dimensions(encoded));
    case Format::tiff:
      return facts("TIFF", tiff_dimensions(encoded));
    case Format::gif:
      return facts("GIF", gif_dimensions(encoded));
    case Format::heif:
      return facts(heif_kind(encoded), heif_dimensions(encoded));
    default:
      fail_unknown();
  }
}

Image decode(Bytes encoded, const Crop& crop, const core::Size& size, int channels,
             const DecodeLimits& limits) {
  const TurnBack back;
  return fit(decode_cut(encoded, in_proportion(crop, size), channels, limits), Crop{Crop::Kind::whole}, size,
             channels);
}

Image decode_original(Bytes encoded, int channels, const DecodeLimits& limits) {
  const TurnBack back;
  return decode_cut(encoded, Crop{Crop::Kind::whole}, channels, limits);
}

Image decode_png(Bytes encoded) {
  const TurnBack back;
  if (format_of(encoded) != Format::png) fail_data("not a PNG");
  Decoded decoded = decode_png_as_stored(encoded, {});
  const int channels = decoded.picture.channels <= 2 ? 1 : 3;
  return to_channels(std::move(decoded.picture), channels);
}

void check_dimensions(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits) {
  if (width == 0 || height == 0) fail_data(core::str("no pixels (", width, "x", height, ")"));
  // Above 2^31 a product could wrap; no format here goes further.
  if (width > INT32_MAX || height > INT32_MAX || width * height > limits.max_pixels)
    fail_data(core::str(width, "x", height, " pixels are more than the limit of ",
                        core::with_thousands(static_cast<std::int64_t>(limits.max_pixels))));
  if (width * height > kLargePixels && !large_turn.owns_lock()) large_turn.lock();
}

}  // namespace facegan::image
