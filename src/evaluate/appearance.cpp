#include "facegan/evaluate/appearance.h"

#include <ATen/ops/fft_rfft2.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "evaluate/planes.h"

namespace facegan::evaluate {
namespace {

// Of the inner pixels: 4 neighbours less four times itself.
double laplacian_variance(const Plane& plane) {
  double sum = 0, squares = 0;
  for (std::int64_t y = 1; y + 1 < plane.height; ++y)
    for (std::int64_t x = 1; x + 1 < plane.width; ++x) {
      const double* const p = plane.values.data() + y * plane.width + x;
      const double value = p[-1] + p[1] + p[-plane.width] + p[plane.width] - 4 * p[0];
      sum += value, squares += value * value;
    }
  const auto count = static_cast<double>((plane.height - 2) * (plane.width - 2));
  return squares / count - sum / count * (sum / count);
}

// Adds |F|^2 of the picture less its mean: [height, width / 2 + 1], frequencies in the order of the
// transform.
void add_power(Plane plane, std::vector<double>& power) {
  double mean = 0;
  for (const double value : plane.values) mean += value;
  mean /= static_cast<double>(plane.values.size());
  for (double& value : plane.values) value -= mean;
  const at::Tensor spectrum = at::fft_rfft2(at::from_blob(plane.values.data(), {plane.height, plane.width},
                                                          at::TensorOptions(at::kDouble)))
                                  .contiguous();
  const auto* const values = spectrum.const_data_ptr<c10::complex<double>>();
  for (std::size_t i = 0; i < power.size(); ++i) power[i] += std::norm(std::complex<double>(values[i]));
}

// Power at (h, 0), (0, w), (h, w), half the height and width, over that at frequencies one or two beside
// them.
double peak(const std::vector<double>& power, const core::Size& size) {
  const std::int64_t h = size.height / 2, w = size.width / 2, columns = w + 1;
  const auto at = [&](std::int64_t y, std::int64_t x) {  // any frequency, by the symmetry of a real picture
    y = (y % size.height + size.height) % size.height, x = (x % size.width + size.width) % size.width;
    if (x > w) x = size.width - x, y = (size.height - y) % size.height;
    return power[static_cast<std::size_t>(y * columns + x)];
  };
  double peaks = 0, beside = 0;
  for (const auto& [y, x] : {std::pair{h, std::int64_t{0}}, {std::int64_t{0}, w}, {h, w}}) {
    peaks += at(y, x) / 3;
    double sum = 0;
    int count = 0;
    for (std::int64_t dy = -2; dy <= 2; ++dy)
      for (std::int64_t dx = -2; dx <= 2; ++dx) {
        // Along an axis every picture has more than elsewhere: compared with what is on that axis, too.
        if ((dy == 0 && dx == 0) || (x == 0 && dx != 0) || (y == 0 && dy != 0)) continue;
        sum += at(y + dy, x + dx), ++count;
      }
    beside += sum / count / 3;
  }
  return peaks / beside;
}

}  // namespace

Appearance appearance_of(const Pictures& set) {
  c10::AutoGradMode no_grad(false);
  const auto channels = static_cast<std::size_t>(set.channels);
  std::vector<double> sums(channels), squares(channels);
  for (std::size_t i = 0; i < set.bytes.size(); ++i) {
    const double value = set.bytes[i];
    sums[i % channels] += value, squares[i % channels] += value * value;
  }
  Appearance out;
  const auto pixels = static_cast<double>(set.bytes.size() / channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = sums[c] / pixels;
    out.mean.push_back(mean);
    out.deviation.push_back(std::sqrt(squares[c] / pixels - mean * mean));
  }
  std::vector<double> power(static_cast<std::size_t>(set.size.height * (set.size.width / 2 + 1)));
  for (std::size_t i = 0; i < set.count(); ++i) {
    Plane plane = grey(set[i], set.size, set.channels);
    out.sharpness += laplacian_variance(plane) / static_cast<double>(set.count());
    add_power(std::move(plane), power);
  }
  out.checkerboard = peak(power, set.size);
  return out;
}

double variety_of(const Pictures& set) {
  const std::size_t pixels = set.picture_bytes(), count = set.count();
  std::vector<std::uint64_t> sums(pixels), squares(pixels);
  for (std::size_t i = 0; i < set.bytes.size(); ++i) {
    const std::uint64_t value = set.bytes[i];
    sums[i % pixels] += value, squares[i % pixels] += value * value;
  }
  double variance = 0;
  for (std::size_t k = 0; k < pixels; ++k) {
    const double mean = static_cast<double>(sums[k]) / static_cast<double>(count);
    variance += static_cast<double>(squares[k]) / static_cast<double>(count) - mean * mean;
  }
  return std::sqrt(std::max(0.0, variance / static_cast<double>(pixels)));
}

}  // namespace facegan::evaluate
