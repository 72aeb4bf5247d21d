#pragma once
// The built-in faces: portraits drawn from numbers. Not a model of anybody.
#include <array>
#include <cstdint>

#include "facegan/image/image.h"

namespace facegan::portrait {

// Raised when seeds and indices come to mean other faces: sets of different forms are different data sets.
inline constexpr int kForm = 2;

// The 40 attribute names of CelebA, in its order. All of them are drawn, but for
//   Attractive   always false: a judgement, not a thing to draw
const std::array<const char*, 40>& attribute_names();

// The attributes of portrait `index` (in the order of attribute_names), without drawing it.
std::array<bool, 40> attributes(std::uint64_t seed, std::uint64_t index);

// Draws portrait `index`, antialiased, size x size pixels, 3 (RGB) or 1 (grey) channels.
// The same seed and index give the same face at every size. At 64 x 64 at least 2,000 a second
// and core. Thread-safe.
image::Image draw(std::uint64_t seed, std::uint64_t index, int size, int channels = 3);

}  // namespace facegan::portrait
