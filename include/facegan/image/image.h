#pragma once
// Byte images: the only form in which pictures travel between folders.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "facegan/core/size.h"

namespace facegan::image {

using Bytes = std::span<const unsigned char>;
// Those of a file that was read into a string, which must stay.
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

// Rows from top to bottom, pixels from left to right, channels interleaved (RGB or grey), 0..255.
struct Image {
  int width = 0, height = 0, channels = 0;
  std::vector<unsigned char> pixels;  // height * width * channels

  Image() = default;
  Image(int width_px, int height_px, int channel_count, unsigned char value = 0)
      : width(width_px),
        height(height_px),
        channels(channel_count),
        pixels(static_cast<std::size_t>(width_px) * height_px * channel_count, value) {}
  unsigned char* at(int x, int y) {
    return pixels.data() + (static_cast<std::size_t>(y) * width + x) * channels;
  }
  const unsigned char* at(int x, int y) const { return const_cast<Image*>(this)->at(x, y); }
  bool operator==(const Image&) const = default;
};

// Which part of the original becomes the picture.
struct Crop {
  enum class Kind {
    whole,
    center,
    box
  } kind = Kind::center;                         // center: the largest in the middle, of `sides`
  int left = 0, top = 0, right = 0, bottom = 0;  // box, in pixels of the original
  core::Size sides = 1;                          // center: their proportions
};

// "whole", "center" or "25,65,153,193" (left, top, right, bottom); false when text is none of them.
bool parse_crop(const std::string& text, Crop& crop);
std::string crop_text(const Crop& crop);

// Bounds that are checked before memory is asked for.
struct DecodeLimits {
  std::uint64_t max_pixels = 100'000'000;  // width * height of the original
  std::uint64_t max_bytes = 256u << 20;    // of the encoded file
};

// Encoded JPEG, PNG, BMP, WebP, TIFF, GIF, HEIC, AVIF or PBM/PGM/PPM bytes -> a picture of this size with 1
// or 3 channels; of several pictures in a file the first. HEIC and AVIF need libheif where the program runs.
// Grey, palette, 16-bit, CMYK become RGB (or grey), alpha is laid over white, EXIF orientation is
// applied. The crop is exact to the pixel of the (upright) original; a box that is not all inside
// is an error. Shrinking is antialiased (area), enlarging cubic, each axis by itself; equal sizes
// keep the pixels. A truncated file is an error, not half a picture.
// Errors: Error(data) with the reason only ("truncated JPEG"), one line; the caller adds the name.
// Thread-safe; takes no threads of its own and writes nothing to the terminal (libheif's codecs do for
// damaged files, lines of their own).
Image decode(Bytes encoded, const Crop& crop, const core::Size& size, int channels,
             const DecodeLimits& limits = {});

// The upright original, whole, RGB or grey as `channels` says.
Image decode_original(Bytes encoded, int channels, const DecodeLimits& limits = {});

// What a file is, by its header alone. Sizes as they are stored: a camera's turn is not applied.
struct Facts {
  std::string format;  // "JPEG", "PNG", "BMP", "WebP", "TIFF", "GIF", "HEIC", "AVIF", "PNM"
  int width = 0, height = 0;
};
// Error(data) as decode gives it, also for an unknown format.
Facts facts_of(Bytes encoded);
// Whether the first bytes (16 are enough) are those of a picture that decode reads.
bool is_picture(Bytes head);

// Crop and resize of a byte image (the second half of decode).
Image fit(const Image& original, const Crop& crop, const core::Size& size, int channels);

// Shrunk or enlarged as decode does, each axis by itself. Channels stay.
Image resize(const Image& picture, int width, int height);
// Left to right, in place: height * width * channels bytes.
void mirror(unsigned char* pixels, int width, int height, int channels);
// Shrunk by area means until neither side is over max_side_px, proportions kept; smaller pictures stay.
Image shrink_to(const Image& picture, int max_side_px);

// A sheet of equal pictures, row by row.
struct GridStyle {
  int rows = 8, columns = 8;
  int margin = 2;                                               // pixels between and around the pictures
  std::array<unsigned char, 3> margin_color = {255, 255, 255};  // RGB; grey pictures get its luma
  int scale = 1;                                                // whole-number enlargement (nearest)
  bool invert = false;                                          // 255 - value, of the pictures only
};
// Fewer pictures than cells leave the last cells in the margin colour, and a picture of no pixels leaves its
// own. Error(internal) for none with pixels, for more than cells, or for unequal ones.
Image make_grid(const std::vector<Image>& pictures, const GridStyle& style);

// Text fields of a file: keyword (1 to 79 ASCII characters) -> text. In a PNG as tEXt (UTF-8 as iTXt); in an
// animation (animation.h) as lines "keyword: text".
using TextFields = std::vector<std::pair<std::string, std::string>>;
// The same pixels and text give the same bytes.
std::string encode_png(const Image& image, const TextFields& text = {});

struct FileText {
  const char* ending;  // ".png", ".gif", ".webp" or ".mp4", by what is in the file
  TextFields fields;
};
// The uncompressed text fields of a PNG, or those of an animation of facegan's, in their order, whatever else
// is in the file; at most 64, each of up to 1 MiB (those of an animation together): others are passed over.
// Nothing is decoded. Error(data) when it is none of these, or damaged or cut off before its end.
FileText read_text_fields(Bytes encoded);
Image decode_png(Bytes encoded);  // exact pixels: of facegan's own files

// Quality 1 to 100. The same pixels give the same bytes (of one version of libjpeg).
std::string encode_jpeg(const Image& image, int quality);

// The libraries behind decode(), with their versions: another one may round otherwise.
std::string decoder_versions();

}  // namespace facegan::image
