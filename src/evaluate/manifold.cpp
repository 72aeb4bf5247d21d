// Precision, recall, density and coverage: counting balls, in blocks of distances.
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/full.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>

#include "evaluate/feature_rows.h"
#include "facegan/core/error.h"

namespace facegan::evaluate {
namespace {

constexpr std::int64_t kTogether = 2048;  // rows and columns of a block

// Products, twelve times as fast as differences, are right to some 1e-15 of the squares that they are made
// of: where the distance is so small beside these that a single would show it, differences are taken.
constexpr double kNear = 1e-6;

// Of rows in double, rounded to singles: equal distances are equal, whatever they were computed beside.
at::Tensor distances(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor lengths = a.square().sum(1, /*keepdim=*/true).add(b.square().sum(1));
  const at::Tensor squares = at::addmm(lengths, a, b.t(), 1, -2);
  const at::Tensor near = squares.lt(lengths.mul(kNear)).nonzero();  // [pairs, 2]
  if (near.size(0) > 2 * kTogether) return at::cdist(a, b, 2, /*compute_mode=*/2).to(at::kFloat);
  if (near.size(0) > 0) {
    const at::Tensor i = near.select(1, 0), j = near.select(1, 1);
    squares.index_put_({i, j}, a.index_select(0, i).sub(b.index_select(0, j)).square().sum(1));
  }
  return squares.sqrt().to(at::kFloat);
}

at::Tensor block_of(const at::Tensor& rows, std::int64_t begin) {
  return rows.narrow(0, begin, std::min(kTogether, rows.size(0) - begin));
}

// The distance of each row to its k-th nearest neighbour among the others.
at::Tensor radii(const at::Tensor& rows, std::int64_t k) {
  std::vector<at::Tensor> all;
  for (std::int64_t i = 0; i < rows.size(0); i += kTogether) {
    const at::Tensor some = block_of(rows, i);
    at::Tensor nearest;  // [some, at most k + 1]: each row is its own neighbour at distance 0
    for (std::int64_t j = 0; j < rows.size(0); j += kTogether) {
      at::Tensor d = distances(some, block_of(rows, j));
      if (nearest.defined()) d = at::cat({nearest, d}, 1);
      nearest = std::get<0>(d.topk(std::min(k + 1, d.size(1)), 1, /*largest=*/false));
    }
    all.push_back(std::get<0>(nearest.max(1)));
  }
  return at::cat(all);
}

}  // namespace

Manifold manifold(const Features& real, const Features& made, std::int64_t k) {
  c10::AutoGradMode no_grad(false);
  if (real.width != made.width) throw Error(ErrorKind::internal, "features of different widths");
  if (static_cast<std::int64_t>(std::min(real.count(), made.count())) <= k) return {};
  const at::Tensor a = sorted_rows(real, at::kDouble), b = sorted_rows(made, at::kDouble);
  const at::Tensor reach_a = radii(a, k), reach_b = radii(b, k);
  const at::Tensor around = at::zeros(b.size(0), at::kLong);  // real balls that each made picture is in
  std::int64_t recalled = 0, covered = 0;
  for (std::int64_t i = 0; i < a.size(0); i += kTogether) {
    const at::Tensor some = block_of(a, i), reach = block_of(reach_a, i);
    at::Tensor is_recalled = at::zeros(some.size(0), at::kBool);
    at::Tensor nearest = at::full(some.size(0), std::numeric_limits<float>::infinity(), at::kFloat);
    for (std::int64_t j = 0; j < b.size(0); j += kTogether) {
      const at::Tensor d = distances(some, block_of(b, j));
      block_of(around, j).add_(d.lt(reach.unsqueeze(1)).sum(0));
      is_recalled.logical_or_(d.lt(block_of(reach_b, j)).any(1));
      nearest = at::minimum(nearest, std::get<0>(d.min(1)));
    }
    recalled += is_recalled.sum().item<std::int64_t>();
    covered += nearest.lt(reach).sum().item<std::int64_t>();
  }
  const auto reals = static_cast<double>(a.size(0));
  return {around.gt(0).sum().item<double>() / static_cast<double>(b.size(0)),
          static_cast<double>(recalled) / reals,
          around.sum().item<double>() / static_cast<double>(k * b.size(0)),
          static_cast<double>(covered) / reals};
}

}  // namespace facegan::evaluate
