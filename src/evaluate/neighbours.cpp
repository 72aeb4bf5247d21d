#include "facegan/evaluate/neighbours.h"

#include <ATen/ops/flip.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluate/rows.h"

namespace facegan::evaluate {
namespace {

constexpr std::size_t kTogether = 1024;
// Distances from products are looked at again, exactly, when they may be the nearest: products are right to
// about 1e-6 of the squares that they are made of.
constexpr std::int64_t kCandidates = 4;

double exact(std::span<const unsigned char> a, std::span<const unsigned char> b, std::int64_t size,
             std::int64_t channels, bool mirrored) {
  std::uint64_t sum = 0;
  for (std::int64_t y = 0; y < size; ++y)
    for (std::int64_t x = 0; x < size; ++x)
      for (std::int64_t c = 0; c < channels; ++c) {
        const std::int64_t other = mirrored ? size - 1 - x : x;
        const int difference = a[static_cast<std::size_t>((y * size + x) * channels + c)] -
                               b[static_cast<std::size_t>((y * size + other) * channels + c)];
        sum += static_cast<std::uint64_t>(difference * difference);
      }
  return static_cast<double>(sum);
}

}  // namespace

std::vector<double> nearest_distances(const Pictures& set, const Pictures& others, bool mirrored) {
  c10::AutoGradMode no_grad(false);
  const bool is_self = &set == &others;
  const auto pixels = static_cast<double>(set.picture_bytes());
  std::vector<double> nearest(set.count(), std::numeric_limits<double>::infinity());
  for (std::size_t from = 0; from < others.count(); from += kTogether) {
    const std::size_t to = std::min(others.count(), from + kTogether);
    const at::Tensor theirs = rows_of(others, from, to);
    const at::Tensor theirs_mirrored =
        mirrored
            ? theirs.view({theirs.size(0), set.size, set.size, set.channels}).flip(2).reshape(theirs.sizes())
            : at::Tensor();
    for (std::size_t begin = 0; begin < set.count(); begin += kTogether) {
      const std::size_t end = std::min(set.count(), begin + kTogether);
      const at::Tensor ours = rows_of(set, begin, end);
      for (const bool in_mirror : {false, true}) {
        if (in_mirror && !mirrored) continue;
        at::Tensor squares = square_distances(ours, in_mirror ? theirs_mirrored : theirs);
        if (is_self && from == begin) squares.fill_diagonal_(std::numeric_limits<float>::infinity());
        const auto [values, indices] = squares.topk(std::min<std::int64_t>(kCandidates, squares.size(1)), 1,
                                                    /*largest=*/false, /*sorted=*/true);
        for (std::int64_t i = 0; i < values.size(0); ++i)
          for (std::int64_t k = 0; k < values.size(1); ++k) {
            const std::size_t index = begin + static_cast<std::size_t>(i);
            const auto other = from + static_cast<std::size_t>(
                                          indices.const_data_ptr<std::int64_t>()[i * values.size(1) + k]);
            if (is_self && other == index) continue;
            double& best = nearest[index];
            if (values.const_data_ptr<float>()[i * values.size(1) + k] > best * 1.001 + pixels) break;
            best = std::min(best, exact(set[index], others[other], set.size, set.channels, in_mirror));
          }
      }
    }
  }
  for (double& value : nearest) value = std::sqrt(value / pixels);
  return nearest;
}

double median(std::vector<double> values) {
  if (values.empty()) return NAN;
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

}  // namespace facegan::evaluate
