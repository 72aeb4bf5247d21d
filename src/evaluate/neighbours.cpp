#include "facegan/evaluate/neighbours.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluate/rows.h"
#include "facegan/data/nearest.h"

namespace facegan::evaluate {
namespace {

constexpr std::size_t kTogether = 1024;
// Distances from products are looked at again, exactly, when they may be the nearest: products are right to
// about 1e-6 of the squares that they are made of.
constexpr std::int64_t kCandidates = 4;

// Lowers each square distance in `nearest`, of the first pictures of the set, to that of the nearest of
// `others`. is_self: the same pictures in the same order, of which none counts for itself.
void look_among(const Pictures& others, const Pictures& set, bool is_self, std::vector<double>& nearest) {
  for (std::size_t from = 0; from < others.count(); from += kTogether) {
    const at::Tensor theirs = rows_of(others, from, std::min(others.count(), from + kTogether));
    for (std::size_t begin = 0; begin < nearest.size(); begin += kTogether) {
      at::Tensor squares =
          square_distances(rows_of(set, begin, std::min(nearest.size(), begin + kTogether)), theirs);
      if (is_self && from == begin) squares.fill_diagonal_(std::numeric_limits<float>::infinity());
      const auto [values, indices] = squares.topk(std::min<std::int64_t>(kCandidates, squares.size(1)), 1,
                                                  /*largest=*/false, /*sorted=*/true);
      const float* value = values.const_data_ptr<float>();
      const std::int64_t* index = indices.const_data_ptr<std::int64_t>();
      for (std::size_t i = begin; i < begin + static_cast<std::size_t>(squares.size(0)); ++i)
        for (std::int64_t k = 0; k < values.size(1); ++k, ++value, ++index) {
          const std::size_t other = from + static_cast<std::size_t>(*index);
          if ((is_self && other == i) ||
              *value > nearest[i] * 1.001 + static_cast<double>(set.picture_bytes()))
            continue;
          const auto exact = data::square_distance(set[i].data(), others[other].data(), set.picture_bytes());
          nearest[i] = std::min(nearest[i], static_cast<double>(exact));
        }
    }
  }
}

Pictures mirrored_pictures(Pictures set) {
  const auto width = static_cast<int>(set.size.width), height = static_cast<int>(set.size.height);
  for (std::size_t i = 0; i < set.count(); ++i)
    image::mirror(set.bytes.data() + i * set.picture_bytes(), width, height, static_cast<int>(set.channels));
  return set;
}

}  // namespace

std::vector<double> nearest_distances(const Pictures& set, const Pictures& others, bool mirrored,
                                      std::size_t count) {
  c10::AutoGradMode no_grad(false);
  const bool is_self = &set == &others;
  std::vector<double> nearest(std::min(count, set.count()), std::numeric_limits<double>::infinity());
  look_among(others, set, is_self, nearest);
  if (mirrored) look_among(mirrored_pictures(others), set, is_self, nearest);
  for (double& value : nearest) value = std::sqrt(value / static_cast<double>(set.picture_bytes()));
  return nearest;
}

double median(std::vector<double> values) {
  if (values.empty()) return NAN;
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

}  // namespace facegan::evaluate
