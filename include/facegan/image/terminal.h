#pragma once
// Pictures as text that a terminal draws. All are pure functions of their arguments; whole lines, the last
// one ended. Pictures have 1 or 3 channels and are shrunk (area mean) to the width, never enlarged.
#include <string>

#include "facegan/image/image.h"

namespace facegan::image {

// Smaller pictures stay as they are. width_px >= 1.
Image shrunk_to_width(const Image& picture, int width_px);

// Two pixels a character: the upper half block U+2580 in 24-bit colours (SGR 38;2 and 48;2).
std::string as_half_blocks(const Image& picture, int columns);

// DEC's sixel graphics (VT330/VT340 Programmer Reference, volume 2, chapter 14), 256 colours, dithered.
std::string as_sixel(const Image& picture, int width_px);

// The kitty terminal's graphics protocol: a PNG in base64, in pieces of 4096 characters; no answer is asked
// for (https://sw.kovidgoyal.net/kitty/graphics-protocol/).
std::string as_kitty(const Image& picture, int width_px);

}  // namespace facegan::image
