#include <algorithm>
#include <cmath>

#include "evaluate/planes.h"
#include "facegan/evaluate/distribution.h"
#include "facegan/machine/processor.h"
#include "facegan/machine/workers.h"

namespace facegan::evaluate {
namespace {

constexpr double kWeights[] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};  // of the levels, finest first
constexpr double kC1 = (0.01 * 255) * (0.01 * 255), kC2 = (0.03 * 255) * (0.03 * 255);

// Normal, of standard deviation 1.5 for 11 taps and in proportion for fewer; its sum is 1.
std::vector<double> window(std::int64_t side) {
  const auto taps = static_cast<std::size_t>(std::min<std::int64_t>(11, side));
  const double deviation = 1.5 * static_cast<double>(taps) / 11;
  std::vector<double> values(taps);
  double sum = 0;
  for (std::size_t i = 0; i < taps; ++i) {
    const double x = (static_cast<double>(i) - static_cast<double>(taps - 1) / 2) / deviation;
    sum += values[i] = std::exp(-x * x / 2);
  }
  std::vector<double> out;
  for (const double value : values) out.push_back(value / sum);
  return out;
}

Plane product(const Plane& a, const Plane& b) {
  Plane out = a;
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] *= b.values[i];
  return out;
}

// The mean of each 2x2 pixels; a last odd row or column is left out.
Plane halved(const Plane& plane) {
  const std::int64_t width = plane.width / 2, height = plane.height / 2;
  Plane out{width, height, std::vector<double>(static_cast<std::size_t>(width * height))};
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const double* const in = plane.values.data() + 2 * y * plane.width + 2 * x;
      out.values[static_cast<std::size_t>(y * width + x)] =
          (in[0] + in[1] + in[plane.width] + in[plane.width + 1]) / 4;
    }
  return out;
}

// Means over one level of the structural similarity and of its part without luminance.
struct Similarity {
  double whole = 0, structure = 0;
};
Similarity similarity(const Plane& a, const Plane& b) {
  const std::vector<double> kernel = window(std::min(a.width, a.height));
  const Plane mean_a = filtered(a, kernel), mean_b = filtered(b, kernel),
              aa = filtered(product(a, a), kernel), bb = filtered(product(b, b), kernel),
              ab = filtered(product(a, b), kernel);
  Similarity sum;
  for (std::size_t i = 0; i < mean_a.values.size(); ++i) {
    const double ma = mean_a.values[i], mb = mean_b.values[i];
    const double structure =
        (2 * (ab.values[i] - ma * mb) + kC2) / (aa.values[i] - ma * ma + bb.values[i] - mb * mb + kC2);
    sum.structure += structure;
    sum.whole += structure * (2 * ma * mb + kC1) / (ma * ma + mb * mb + kC1);
  }
  const auto count = static_cast<double>(mean_a.values.size());
  return {sum.whole / count, sum.structure / count};
}

}  // namespace

double ms_ssim(std::span<const unsigned char> a, std::span<const unsigned char> b, const core::Size& size,
               std::int64_t channels) {
  double sum = 0;
  for (std::int64_t c = 0; c < channels; ++c) {
    Plane x = channel(a, size, channels, c), y = channel(b, size, channels, c);
    double value = 1;
    for (std::size_t level = 0; level < std::size(kWeights); ++level) {
      if (level > 0) x = halved(x), y = halved(y);
      const bool is_last = level + 1 == std::size(kWeights);
      const Similarity now = similarity(x, y);
      value *= std::pow(std::max(0.0, is_last ? now.whole : now.structure), kWeights[level]);
    }
    sum += value;
  }
  return sum / static_cast<double>(channels);
}

double ms_ssim(const Pictures& set, std::size_t pairs) {
  const std::size_t count = std::min(pairs, set.count() / 2);
  std::vector<double> values(count);
  machine::for_each_index(count, machine::available_cores(), [&](std::size_t i) {
    values[i] = ms_ssim(set[2 * i], set[2 * i + 1], set.size, set.channels);
    return true;
  });
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(count);  // NaN of none
}

}  // namespace facegan::evaluate
