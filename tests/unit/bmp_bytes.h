#pragma once
// BMP files made byte by byte, right or wrong as a test wants them.
#include <cstdint>
#include <string>
#include <vector>

#include "archive_bytes.h"
#include "facegan/image/image.h"

namespace bmp_bytes {

using archive_bytes::little;

struct BmpStyle {
  int bits = 24;
  std::uint32_t method = 0;
  std::size_t header = 40;           // bytes: 12 and 64 are OS/2's, 40 to 124 Windows'
  bool top_down = false;             // says the header; the rows come as they are stored
  std::vector<std::uint32_t> masks;  // in the header, or right behind one of 40 bytes
  std::uint32_t used = 0;            // colours of the palette, 0: all that there can be
  std::size_t gap = 0;               // bytes between palette and pixels
};

// palette: as it is stored, of three or four bytes each.
inline std::string bmp(int width, int height, const std::string& pixels, const BmpStyle& style = {},
                       const std::string& palette = "") {
  std::string header = little(style.header, 4);
  if (style.header == 12) {
    header += little(width, 2) + little(height, 2) + little(1, 2) + little(style.bits, 2);
  } else {
    header += little(width, 4) + little(style.top_down ? -height : height, 4) + little(1, 2) +
              little(style.bits, 2) + little(style.method, 4) + little(pixels.size(), 4) + little(2835, 8) +
              little(style.used, 4) + little(0, 4);
    for (const std::uint32_t mask : style.masks) header += little(mask, 4);
    const std::size_t with_masks = 40 + 4 * style.masks.size();
    header.resize(style.header == 40 ? with_masks : style.header);
  }
  const std::size_t at = 14 + header.size() + palette.size() + style.gap;
  return "BM" + little(at + pixels.size(), 4) + little(0, 4) + little(at, 4) + header + palette +
         std::string(style.gap, '?') + pixels;
}

// Rows of numbers as BMP stores them: bits from the highest on, bytes from the lowest, each row padded.
inline std::string packed(const std::vector<std::vector<std::uint32_t>>& rows, int bits) {
  std::string out;
  for (const auto& row : rows) {
    if (bits < 8) {
      std::string bytes((row.size() * bits + 7) / 8, '\0');
      for (std::size_t x = 0; x < row.size(); ++x)
        bytes[x * bits / 8] |= static_cast<char>(row[x] << (8 - bits - x * bits % 8));
      out += bytes;
    } else {
      for (const std::uint32_t value : row) out += little(value, bits / 8);
    }
    out.resize((out.size() + 3) / 4 * 4);
  }
  return out;
}

// Three channels in 24 bits, or four in bit fields of 32 bits with alpha.
inline std::string bmp(const facegan::image::Image& image) {
  std::vector<std::vector<std::uint32_t>> rows;
  for (int y = image.height - 1; y >= 0; --y) {
    auto& row = rows.emplace_back();
    for (int x = 0; x < image.width; ++x) {
      const unsigned char* p = image.at(x, y);
      row.push_back(std::uint32_t{p[0]} << 16 | p[1] << 8 | p[2] |
                    (image.channels == 4 ? std::uint32_t{p[3]} << 24 : 0));
    }
  }
  if (image.channels == 3) return bmp(image.width, image.height, packed(rows, 24));
  return bmp(image.width, image.height, packed(rows, 32),
             {.bits = 32, .method = 3, .header = 108, .masks = {0xFF0000, 0xFF00, 0xFF, 0xFF000000}});
}

}  // namespace bmp_bytes
