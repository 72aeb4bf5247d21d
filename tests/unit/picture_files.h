#pragma once
// What the tests of picture files share: a picture that is hard to keep, how far one is from another, and why
// a file is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "facegan/core/error.h"
#include "facegan/image/image.h"

namespace facegan::image {

// Waves with hard edges, so that neighbouring chroma matters.
inline Image picture(int width, int height, int channels) {
  Image out(width, height, channels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        out.at(x, y)[c] = static_cast<unsigned char>(127.5 + 60 * std::sin(0.3 * x + 2 * c) +
                                                     60 * ((x / 5 + y / 3 + c) % 2) - 40 * std::cos(0.2 * y));
  return out;
}

inline int worst_difference(const Image& a, const Image& b) {
  if (a.width != b.width || a.height != b.height || a.channels != b.channels) return 999;
  int worst = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    worst = std::max(worst, std::abs(a.pixels[i] - b.pixels[i]));
  return worst;
}

// The reason why a file is refused, "" when it is not.
inline std::string reason(const std::string& file, const DecodeLimits& limits = {}, const Crop& crop = {}) {
  try {
    decode(as_bytes(file), crop, 8, 3, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    const std::string what = error.what();
    EXPECT_FALSE(what.empty());
    EXPECT_EQ(what.find('\n'), std::string::npos);
    return what;
  }
  return "";
}

}  // namespace facegan::image
