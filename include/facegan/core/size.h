#pragma once
// Width and height of pictures.
#include <algorithm>
#include <cstdint>
#include <string>

namespace facegan::core {

// Pixels. As text one number is a square, "64"; else width x height, "64x96".
struct Size {
  std::int64_t width = 0, height = 0;

  constexpr Size() = default;
  constexpr Size(std::int64_t side) : width(side), height(side) {}  // NOLINT(google-explicit-constructor): a square
  constexpr Size(std::int64_t width_px, std::int64_t height_px) : width(width_px), height(height_px) {}

  constexpr bool is_square() const { return width == height; }
  constexpr std::int64_t pixels() const { return width * height; }
  std::int64_t shorter() const { return std::min(width, height); }
  std::int64_t longer() const { return std::max(width, height); }
  bool operator==(const Size&) const = default;

  std::string text() const;                      // "64", "64x96"
  std::string both(const char* by = "x") const;  // "64x64", "64x96"
};

// False when text is none of the two forms.
bool parse_size(const std::string& text, Size& size);

}  // namespace facegan::core
