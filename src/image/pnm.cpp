// PBM, PGM, PPM (P1 to P6): netpbm's own formats, plain and raw, 1 to 16 bits.
#include <algorithm>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

class PnmReader {
 public:
  explicit PnmReader(Bytes encoded) : encoded_(encoded) {}

  Decoded read(const DecodeLimits& limits) {
    const int kind = encoded_[1] - '0';  // 1 to 3 plain, 4 to 6 raw: bitmap, grey, RGB
    const bool plain = kind <= 3, bitmap = kind % 3 == 1;
    const auto [width, height] = dimensions();
    const std::uint32_t highest = bitmap ? 1 : number();
    if (highest < 1 || highest > 65535) fail_data(core::str("damaged PNM: highest value ", highest));
    check_dimensions(width, height, limits);
    if (!plain) ++at_;  // one white space ends the header
    const int channels = kind % 3 == 0 ? 3 : 1;
    // Even a plain file has at least a byte for 8 pixels: nothing is allocated for a mere header.
    if (encoded_.size() < width * height * channels / 8) fail_data("truncated PNM");
    Image picture(static_cast<int>(width), static_cast<int>(height), channels);
    if (kind == 4)
      read_bits(picture);
    else
      for (auto& pixel : picture.pixels) {
        const std::uint32_t value = kind == 1 ? 1 - bit() : plain ? number() : raw(highest > 255 ? 2 : 1);
        pixel = static_cast<unsigned char>((std::min(value, highest) * 255 + highest / 2) / highest);
      }
    return {std::move(picture)};
  }

  Dimensions dimensions() {
    at_ = 2;
    const std::uint32_t width = number();
    return {width, number()};
  }

 private:
  unsigned char next() {
    if (at_ >= encoded_.size()) fail_data("truncated PNM");
    return encoded_[at_++];
  }
  static bool is_space(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

  // The first character after white space and comments.
  unsigned char next_solid() {
    while (true) {
      unsigned char c = next();
      if (c == '#')
        while (c != '\n') c = next();
      else if (!is_space(c))
        return c;
    }
  }

  std::uint32_t number() {
    std::uint32_t value = 0;
    unsigned char c = next_solid();
    if (!is_digit(c)) fail_data("damaged PNM: a number was expected");
    --at_;
    while (at_ < encoded_.size() && is_digit(encoded_[at_])) {
      if (value > 100'000'000) fail_data("damaged PNM: a number is too large");
      value = value * 10 + (encoded_[at_++] - '0');
    }
    return value;
  }

  std::uint32_t bit() {
    const unsigned char c = next_solid();
    if (c != '0' && c != '1') fail_data("damaged PNM: 0 or 1 was expected");
    return c - '0';
  }

  std::uint32_t raw(int bytes) {
    std::uint32_t value = next();
    if (bytes == 2) value = value << 8 | next();
    return value;
  }

  // Rows of whole bytes, highest bit first; 1 is black.
  void read_bits(Image& picture) {
    for (int y = 0; y < picture.height; ++y) {
      unsigned char byte = 0;
      for (int x = 0; x < picture.width; ++x) {
        if (x % 8 == 0) byte = next();
        *picture.at(x, y) = byte >> (7 - x % 8) & 1 ? 0 : 255;
      }
    }
  }

  Bytes encoded_;
  std::size_t at_ = 0;
};

}  // namespace

Decoded decode_pnm(Bytes encoded, const DecodeLimits& limits) {
  return PnmReader(encoded).read(limits);
}

Dimensions pnm_dimensions(Bytes encoded) {
  return PnmReader(encoded).dimensions();
}

}  // namespace facegan::image
