#pragma once
// Pictures with a line of text below them.
#include <array>
#include <string>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::image {

// Each picture above a strip of `color` (RGB; grey pictures get its luma) with its text in the middle, black
// or white, whichever is farther from the colour. The letters grow with the picture and are readable from 64
// pixels on. Pictures of one size stay so: when a text is wider than they are, all get margins left and
// right. ASCII; another byte shows as "?". Without a strip when all texts are empty. Error(internal) unless
// there are as many texts as pictures, all of one size.
std::vector<Image> with_captions(const std::vector<Image>& pictures, const std::vector<std::string>& texts,
                                 const std::array<unsigned char, 3>& color = {255, 255, 255});

}  // namespace facegan::image
