#include "evaluate/planes.h"

#include <cstddef>

namespace facegan::evaluate {

Plane channel(std::span<const unsigned char> picture, const core::Size& size, std::int64_t channels,
              std::int64_t c) {
  Plane out{size.width, size.height, std::vector<double>(static_cast<std::size_t>(size.pixels()))};
  for (std::size_t i = 0; i < out.values.size(); ++i)
    out.values[i] = picture[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)];
  return out;
}

Plane grey(std::span<const unsigned char> picture, const core::Size& size, std::int64_t channels) {
  if (channels == 1) return channel(picture, size, 1, 0);
  Plane out{size.width, size.height, std::vector<double>(static_cast<std::size_t>(size.pixels()))};
  for (std::size_t i = 0; i < out.values.size(); ++i)
    out.values[i] = 0.299 * picture[3 * i] + 0.587 * picture[3 * i + 1] + 0.114 * picture[3 * i + 2];
  return out;
}

Plane filtered(const Plane& plane, std::span<const double> kernel) {
  const auto taps = static_cast<std::int64_t>(kernel.size());
  const std::int64_t width = plane.width - taps + 1, height = plane.height - taps + 1;
  std::vector<double> rows(static_cast<std::size_t>(width * plane.height));
  for (std::int64_t y = 0; y < plane.height; ++y) {
    double* const out = rows.data() + y * width;
    for (std::int64_t k = 0; k < taps; ++k) {
      const double* const in = plane.values.data() + y * plane.width + k;
      const double weight = kernel[static_cast<std::size_t>(k)];
      for (std::int64_t x = 0; x < width; ++x) out[x] += weight * in[x];
    }
  }
  Plane result{width, height, std::vector<double>(static_cast<std::size_t>(width * height))};
  for (std::int64_t y = 0; y < height; ++y) {
    double* const out = result.values.data() + y * width;
    for (std::int64_t k = 0; k < taps; ++k) {
      const double* const in = rows.data() + (y + k) * width;
      const double weight = kernel[static_cast<std::size_t>(k)];
      for (std::int64_t x = 0; x < width; ++x) out[x] += weight * in[x];
    }
  }
  return result;
}

}  // namespace facegan::evaluate
