#pragma once
// Sets of pictures to measure. Free of LibTorch.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::evaluate {

// Pictures of one size: count x height x width x channels bytes, each picture as image::Image has it.
struct Pictures {
  core::Size size;            // pixels
  std::int64_t channels = 0;  // 1 or 3
  std::vector<unsigned char> bytes;

  std::size_t picture_bytes() const { return static_cast<std::size_t>(size.pixels() * channels); }
  std::size_t count() const { return bytes.empty() ? 0 : bytes.size() / picture_bytes(); }
  std::span<const unsigned char> operator[](std::size_t i) const {
    return {bytes.data() + i * picture_bytes(), picture_bytes()};
  }
  // Error(internal) for one of another size than those before.
  void add(const image::Image& picture);
  // The first n, all when there are not as many.
  Pictures first(std::size_t n) const;
};

}  // namespace facegan::evaluate
