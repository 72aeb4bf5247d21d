// A sheet of pictures.
#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/image/image.h"

namespace facegan::image {
namespace {

// Of one colour; grey as ITU-R BT.601 weights the three.
Image sheet_of(int width, int height, int channels, const std::array<unsigned char, 3>& color) {
  const auto& [red, green, blue] = color;
  const int luma = (299 * red + 587 * green + 114 * blue + 500) / 1000;
  Image sheet(width, height, channels, static_cast<unsigned char>(luma));
  if (channels == 3)
    for (std::size_t i = 0; i < sheet.pixels.size(); ++i) sheet.pixels[i] = color[i % 3];
  return sheet;
}

// `scale` x `scale` copies of each pixel, with the upper left corner at (left, top) of the sheet.
void paste(const Image& picture, Image& sheet, int left, int top, int scale, bool invert) {
  const unsigned char flip = invert ? 255 : 0;
  for (int y = 0; y < picture.height * scale; ++y)
    for (int x = 0; x < picture.width * scale; ++x) {
      const unsigned char* from = picture.at(x / scale, y / scale);
      unsigned char* to = sheet.at(left + x, top + y);
      for (int c = 0; c < picture.channels; ++c) to[c] = from[c] ^ flip;
    }
}

}  // namespace

Image make_grid(const std::vector<Image>& pictures, const GridStyle& style) {
  const auto fail = [](const auto&... what) {
    throw Error(ErrorKind::internal, core::str("make_grid: ", what...));
  };
  if (style.rows < 1 || style.columns < 1 || style.margin < 0 || style.scale < 1)
    fail(style.rows, "x", style.columns, " cells, margin ", style.margin, ", scale ", style.scale);
  const std::size_t cells = static_cast<std::size_t>(style.rows) * style.columns;
  const auto is_empty = [](const Image& picture) { return picture.pixels.empty(); };
  const auto found = std::find_if_not(pictures.begin(), pictures.end(), is_empty);
  if (found == pictures.end() || pictures.size() > cells)
    fail(pictures.size(), " pictures for ", cells, " cells");
  const Image& first = *found;
  const int step_x = first.width * style.scale + style.margin,
            step_y = first.height * style.scale + style.margin;
  Image sheet = sheet_of(style.columns * step_x + style.margin, style.rows * step_y + style.margin,
                         first.channels, style.margin_color);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Image& picture = pictures[i];
    if (is_empty(picture)) continue;
    if (picture.width != first.width || picture.height != first.height || picture.channels != first.channels)
      fail("picture ", i, " is not of the first one's size");
    const int row = static_cast<int>(i) / style.columns, column = static_cast<int>(i) % style.columns;
    paste(picture, sheet, style.margin + column * step_x, style.margin + row * step_y, style.scale,
          style.invert);
  }
  return sheet;
}

}  // namespace facegan::image
