#pragma once
// What the decoders of this folder share. Every codec gives 8-bit pixels; failures are Error(data)
// with the reason only.
#include <cstdint>
#include <string>

#include "facegan/core/error.h"
#include "facegan/image/image.h"

namespace facegan::image {

// Half-open pixel rectangle.
struct Box {
  int left = 0, top = 0, right = 0, bottom = 0;
  int width() const { return right - left; }
  int height() const { return bottom - top; }
};

// The part of a width x height picture that `crop` names; Error(data) when it is not all inside.
Box crop_box(const Crop& crop, int width, int height);
// A crop from the middle in the proportions of what it becomes.
Crop in_proportion(Crop crop, const core::Size& size);
Image cut(const Image& picture, const Box& box);

// A header's width and height against the limits, before memory is asked for. Waits for its turn when the
// picture is large and another thread has such a one in hand.
void check_dimensions(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits);

// Grey, grey + alpha, RGB or RGBA pixels (1 to 4 channels) -> 1 or 3 channels; alpha over white.
// `premultiplied`: the colours already hold their alpha.
Image to_channels(Image picture, int channels, bool premultiplied = false);

// Tag 0x0112 of an EXIF block that starts with its TIFF header ("II" or "MM"): 1 to 8, 1 when none.
int exif_orientation(Bytes tiff);
// The picture as its orientation tag means it to be seen.
Image upright(Image picture, int orientation);

// Upright and cut to the crop.
Image decode_jpeg(Bytes encoded, const Crop& crop, int channels, const DecodeLimits& limits);

// Upright and whole, 1 to 4 channels as stored.
struct Decoded {
  Image picture;
  bool premultiplied = false;
};
Decoded decode_png_as_stored(Bytes encoded, const DecodeLimits& limits);
Decoded decode_pnm(Bytes encoded, const DecodeLimits& limits);
Decoded decode_bmp(Bytes encoded, const DecodeLimits& limits);
Decoded decode_tiff(Bytes encoded, const DecodeLimits& limits);
Decoded decode_webp(Bytes encoded, const DecodeLimits& limits);
Decoded decode_gif(Bytes encoded, const DecodeLimits& limits);
Decoded decode_heif(Bytes encoded, const DecodeLimits& limits);

// Width and height by the header.
struct Dimensions {
  std::uint64_t width = 0, height = 0;
};
Dimensions jpeg_dimensions(Bytes encoded);
Dimensions png_dimensions(Bytes encoded);
Dimensions pnm_dimensions(Bytes encoded);
Dimensions bmp_dimensions(Bytes encoded);
Dimensions tiff_dimensions(Bytes encoded);
Dimensions webp_dimensions(Bytes encoded);
Dimensions gif_dimensions(Bytes encoded);
Dimensions heif_dimensions(Bytes encoded);

// By the first 16 bytes; which of the two it calls itself.
bool is_heif(std::string_view head);
const char* heif_kind(Bytes encoded);  // "HEIC" or "AVIF"

// Once per process, before the first call of OpenCV: no threads of its own (the loader's workers
// are the parallelism), nothing written to the terminal.
void prepare_opencv();

[[noreturn]] inline void fail_data(const std::string& reason) {
  throw Error(ErrorKind::data, reason);
}

}  // namespace facegan::image
