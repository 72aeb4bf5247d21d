// BMP: every header from OS/2's of 12 bytes to Windows' fifth, 1 to 32 bits, palettes, bit fields, runs.
#include <algorithm>
#include <array>
#include <bit>

#include "facegan/core/text.h"
#include "image/codecs.h"

namespace facegan::image {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::size_t kMasksAt = kFileHeader + 40;  // in the header, or right after one of 40 bytes

enum Method : std::uint32_t { none = 0, runs_of_bytes = 1, runs_of_nibbles = 2, masks = 3, alpha_masks = 6 };

// One channel of a pixel of 16, 24 or 32 bits.
struct Field {
  int shift = 0;
  std::uint64_t highest = 0;  // 0: the channel is not there

  unsigned char level(std::uint32_t pixel) const {
    const std::uint64_t value = pixel >> shift & highest;
    if (highest == 255) return static_cast<unsigned char>(value);
    return static_cast<unsigned char>((value * 255 + highest / 2) / std::max<std::uint64_t>(highest, 1));
  }
};

Field field_of(std::uint32_t mask) {
  if (mask == 0) return {};
  const int shift = std::countr_zero(mask);
  const std::uint64_t highest = mask >> shift;
  if (!std::has_single_bit(highest + 1)) fail_data("damaged BMP: a bit field with gaps");
  return {shift, highest};
}

class BmpReader {
 public:
  explicit BmpReader(Bytes encoded);
  Dimensions dimensions() const { return {width_, height_}; }
  Decoded read(const DecodeLimits& limits);

 private:
  std::uint32_t number(std::size_t at, int size) const;
  // Of the header; what a short one leaves out is 0.
  std::uint32_t entry(std::size_t at, int size) const {
    return at + static_cast<std::size_t>(size) <= kFileHeader + header_size_ ? number(at, size) : 0;
  }
  void check_method() const;
  void read_fields();
  void read_palette();
  // The row that is stored as number y.
  unsigned char* row(Image& picture, int y) const {
    return picture.at(0, top_down_ ? y : picture.height - 1 - y);
  }
  void read_indices(Image& picture) const;
  void read_fields_of_pixels(Image& picture) const;
  void read_runs(Image& picture) const;

  Bytes encoded_;
  std::size_t header_size_, pixels_at_;
  std::uint64_t width_, height_;
  bool top_down_ = false;
  std::uint32_t bits_, method_;
  std::array<Field, 4> fields_;  // red, green, blue, alpha
  std::array<std::array<unsigned char, 3>, 256> palette_{};
};

std::uint32_t BmpReader::number(std::size_t at, int size) const {
  if (at > encoded_.size() || encoded_.size() - at < static_cast<std::size_t>(size))
    fail_data("truncated BMP");
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) value |= std::uint32_t{encoded_[at + i]} << 8 * i;
  return value;
}

BmpReader::BmpReader(Bytes encoded) : encoded_(encoded) {
  pixels_at_ = number(10, 4);
  header_size_ = number(14, 4);
  if (header_size_ == 12) {
    width_ = number(18, 2);
    height_ = number(20, 2);
    bits_ = number(24, 2);
    method_ = none;
    return;
  }
  if (header_size_ < 16) fail_data(core::str("damaged BMP: a header of ", header_size_, " bytes"));
  width_ = number(18, 4);
  const std::uint32_t height = number(22, 4);
  top_down_ = height > INT32_MAX;  // negative
  height_ = top_down_ ? std::uint64_t{1} + ~height : height;
  bits_ = number(28, 2);
  method_ = entry(30, 4);
}

void BmpReader::check_method() const {
  const bool of_os2 = header_size_ < 40 || header_size_ == 64;  // which has other methods from 3 on
  const bool fits = method_ == none                              ? std::has_single_bit(bits_) || bits_ == 24
                    : method_ == runs_of_bytes                   ? bits_ == 8
                    : method_ == runs_of_nibbles                 ? bits_ == 4
                    : method_ == masks || method_ == alpha_masks ? !of_os2 && (bits_ == 16 || bits_ == 32)
                                                                 : false;
  if (!fits || bits_ > 32) fail_data(core::str("BMP with ", bits_, " bits a pixel by method ", method_));
}

void BmpReader::read_fields() {
  std::array<std::uint32_t, 4> found = {0xFF0000, 0xFF00, 0xFF, 0};
  if (bits_ == 16) found = {0x7C00, 0x3E0, 0x1F, 0};
  // Without bit fields the fourth byte is filler, whatever masks the header holds.
  if (method_ != none) {
    const bool has_alpha = method_ == alpha_masks || header_size_ >= 56;
    for (std::size_t i = 0; i < 4; ++i) found[i] = i < 3 || has_alpha ? number(kMasksAt + 4 * i, 4) : 0;
  }
  for (std::size_t i = 0; i < 4; ++i) fields_[i] = field_of(found[i]);
}

// Blue, green, red, and a byte of filler but for OS/2's first header. What is not there stays black.
void BmpReader::read_palette() {
  const std::size_t at = kFileHeader + header_size_, entry_size = header_size_ == 12 ? 3 : 4;
  const std::uint32_t used = entry(46, 4), all = 1u << bits_;
  const std::size_t count =
      std::min<std::size_t>(used == 0 ? all : std::min(used, all), (pixels_at_ - at) / entry_size);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t color = number(at + i * entry_size, 3);
    for (int c = 0; c < 3; ++c) palette_[i][c] = static_cast<unsigned char>(color >> (16 - 8 * c));
  }
}

Decoded BmpReader::read(const DecodeLimits& limits) {
  check_dimensions(width_, height_, limits);
  check_method();
  if (pixels_at_ < kFileHeader + header_size_) fail_data("damaged BMP: pixels inside of its header");
  const bool by_palette = bits_ <= 8, by_runs = method_ == runs_of_bytes || method_ == runs_of_nibbles;
  if (by_palette)
    read_palette();
  else
    read_fields();
  // The padding of the last row may be missing.
  const std::uint64_t needed = (width_ * bits_ + 31) / 32 * 4 * (height_ - 1) + (width_ * bits_ + 7) / 8;
  if (pixels_at_ > encoded_.size() || (!by_runs && encoded_.size() - pixels_at_ < needed))
    fail_data("truncated BMP");
  Image picture(static_cast<int>(width_), static_cast<int>(height_), fields_[3].highest ? 4 : 3);
  if (by_runs)
    read_runs(picture);
  else if (by_palette)
    read_indices(picture);
  else
    read_fields_of_pixels(picture);
  return {std::move(picture)};
}

void BmpReader::read_indices(Image& picture) const {
  const std::size_t stride = (width_ * bits_ + 31) / 32 * 4, in_byte = 8 / bits_;
  for (int y = 0; y < picture.height; ++y) {
    const unsigned char* in = encoded_.data() + pixels_at_ + stride * static_cast<std::size_t>(y);
    unsigned char* out = row(picture, y);
    for (std::size_t x = 0; x < width_; ++x, out += 3) {
      const unsigned index = in[x / in_byte] >> (8 - bits_ - x % in_byte * bits_) & ((1u << bits_) - 1);
      std::copy_n(palette_[index].data(), 3, out);
    }
  }
}

void BmpReader::read_fields_of_pixels(Image& picture) const {
  const std::size_t stride = (width_ * bits_ + 31) / 32 * 4, size = bits_ / 8;
  for (int y = 0; y < picture.height; ++y) {
    const unsigned char* in = encoded_.data() + pixels_at_ + stride * static_cast<std::size_t>(y);
    unsigned char* out = row(picture, y);
    for (std::size_t x = 0; x < width_; ++x, in += size) {
      std::uint32_t pixel = 0;
      for (std::size_t i = 0; i < size; ++i) pixel |= std::uint32_t{in[i]} << 8 * i;
      for (int c = 0; c < picture.channels; ++c) *out++ = fields_[static_cast<std::size_t>(c)].level(pixel);
    }
  }
}

// Pairs of bytes: a count and the colour (of nibbles: the two in turn), or 0 and what it means. Pixels that
// are passed over keep the first colour. Some programs let runs go on beyond the end of a row: that part is
// dropped, as by other readers.
void BmpReader::read_runs(Image& picture) const {
  const bool nibbles = method_ == runs_of_nibbles;
  std::size_t at = pixels_at_;
  int x = 0, y = 0;
  const auto next = [&]() -> int {
    if (at >= encoded_.size()) fail_data("truncated BMP");
    return encoded_[at++];
  };
  const auto put = [&](int index) {
    if (x >= picture.width) return;
    std::copy_n(palette_[static_cast<std::size_t>(index)].data(), 3, row(picture, y) + 3 * x++);
  };
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = palette_[0][i % 3];
  while (y < picture.height) {
    // An end that nothing but its mark is missing of.
    if (y == picture.height - 1 && x == picture.width && at == encoded_.size()) return;
    const int count = next(), value = next();
    if (count > 0) {
      for (int i = 0; i < count; ++i) put(!nibbles ? value : i % 2 == 0 ? value >> 4 : value & 15);
    } else if (value == 0) {  // the row ends
      x = 0, ++y;
    } else if (value == 1) {  // the picture ends
      return;
    } else if (value == 2) {  // a step to the right and down
      x += next();
      y += next();
      if (x > picture.width || y > picture.height) fail_data("damaged BMP: a step out of the picture");
    } else {  // so many pixels as they are, padded to pairs
      const std::size_t bytes = static_cast<std::size_t>(nibbles ? (value + 1) / 2 : value), end = at + bytes;
      for (int i = 0; i < value; ++i) {
        if (nibbles && i % 2 == 1)
          put(encoded_[at - 1] & 15);
        else
          put(nibbles ? next() >> 4 : next());
      }
      at = end + bytes % 2;
    }
  }
}

}  // namespace

Decoded decode_bmp(Bytes encoded, const DecodeLimits& limits) {
  return BmpReader(encoded).read(limits);
}

Dimensions bmp_dimensions(Bytes encoded) {
  return BmpReader(encoded).dimensions();
}

}  // namespace facegan::image
