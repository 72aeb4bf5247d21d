#pragma once
// Pictures with a line of text below them.
#include <array>
#include <string>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::image {

// Pictures of one size, each above a strip of `color` (RGB; grey pictures get its luma) with its text in the
// middle, black or white, whichever is farther from the colour. The letters grow with the picture and are
// readable from 64 pixels on. When a text is wider than the pictures, all get margins left and right. ASCII;
// another byte shows as "?". Without a strip when all texts are empty.
class Captions {
 public:
  // width: of a picture, pixels
  Captions(int width, std::vector<std::string> texts,
           const std::array<unsigned char, 3>& color = {255, 255, 255});

  // Of a picture with its text, pixels; strip: what it is higher than the picture.
  int width() const { return width_; }
  int strip() const { return strip_; }

  // The picture with text i. Error(internal) for another width.
  Image below(const Image& picture, std::size_t i) const;

 private:
  std::vector<std::string> texts_;
  std::array<unsigned char, 3> color_;
  int picture_width_;
  double scale_ = 0;              // of the font, whose letters are 21 pixels high at 1
  int thickness_ = 1;             // of the strokes, pixels
  int width_ = 0;                 // of a picture with its margins
  int strip_ = 0, baseline_ = 0;  // height of the strip, 0 = none; of the letters' feet in it
};

}  // namespace facegan::image
