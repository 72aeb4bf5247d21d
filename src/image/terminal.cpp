#include "facegan/image/terminal.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/base64.h"
#include "facegan/core/text.h"
#include "image/codecs.h"
#include "image/palette.h"

namespace facegan::image {
namespace {

// "38;2;R;G;B": the colour of the letters; 48: behind them.
std::string sgr(int ground, const unsigned char* rgb) {
  return core::str(ground, ";2;", int{rgb[0]}, ';', int{rgb[1]}, ';', int{rgb[2]});
}

// One colour's six rows, `sixels` of 0 to 63; runs as "!N".
void add_row(std::string& out, const std::vector<unsigned char>& sixels) {
  for (std::size_t x = 0, end; x < sixels.size(); x = end) {
    for (end = x + 1; end < sixels.size() && sixels[end] == sixels[x];) ++end;
    const char letter = static_cast<char>('?' + sixels[x]);
    if (end - x > 3)
      out += core::str('!', end - x, letter);
    else
      out.append(end - x, letter);
  }
}

}  // namespace

Image shrunk_to_width(const Image& picture, int width_px) {
  if (picture.width <= width_px) return picture;
  const double height = static_cast<double>(picture.height) * width_px / picture.width;
  return resize(picture, width_px, std::max(1, static_cast<int>(std::lround(height))));
}

std::string as_half_blocks(const Image& picture, int columns) {
  const Image image = to_channels(shrunk_to_width(picture, columns), 3);
  std::string out;
  for (int y = 0; y < image.height; y += 2) {
    std::string last;
    for (int x = 0; x < image.width; ++x) {
      const bool has_lower = y + 1 < image.height;
      const std::string colors =
          sgr(38, image.at(x, y)) + (has_lower ? ';' + sgr(48, image.at(x, y + 1)) : "");
      if (colors != last) out += "\033[" + colors + "m";
      last = colors;
      out += "\u2580";
    }
    out += "\033[0m\n";
  }
  return out;
}

std::string as_sixel(const Image& picture, int width_px) {
  const Image image = shrunk_to_width(picture, width_px);
  const Indexed indexed = with_palette(image);
  // Pixels are square, and those that nothing is drawn on stay as they are.
  std::string out = core::str("\033P0;1q\"1;1;", image.width, ';', image.height);
  const auto percent = [](int value) { return (value * 100 + 127) / 255; };
  for (std::size_t i = 0; i < indexed.palette.size(); ++i) {
    const auto& [r, g, b] = indexed.palette[i];
    out += core::str('#', i, ";2;", percent(r), ';', percent(g), ';', percent(b));
  }
  const auto width = static_cast<std::size_t>(image.width);
  for (int top = 0; top < image.height; top += 6) {
    std::vector<std::vector<unsigned char>> rows(indexed.palette.size());  // [colours, W], of those here
    for (int bit = 0; bit < std::min(6, image.height - top); ++bit)
      for (std::size_t x = 0; x < width; ++x) {
        auto& row = rows[indexed.indices[static_cast<std::size_t>(top + bit) * width + x]];
        row.resize(width);
        row[x] = static_cast<unsigned char>(row[x] | 1 << bit);
      }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].empty()) continue;
      out += core::str('#', i);
      add_row(out, rows[i]);
      out += '$';  // back to the left
    }
    out += '-';  // the next six rows
  }
  return out + "\033\\\n";
}

std::string as_kitty(const Image& picture, int width_px) {
  constexpr std::size_t kPiece = 4096;
  const std::string data = core::base64(encode_png(shrunk_to_width(picture, width_px)));
  std::string out;
  for (std::size_t at = 0; at < data.size(); at += kPiece) {
    const bool more = at + kPiece < data.size();
    out += core::str("\033_G", at == 0 ? "a=T,f=100,q=2," : "", "m=", more ? 1 : 0, ';',
                     data.substr(at, kPiece), "\033\\");
  }
  return out + "\n";
}

}  // namespace facegan::image
