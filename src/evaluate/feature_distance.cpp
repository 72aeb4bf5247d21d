#include "facegan/evaluate/feature_distance.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "evaluate/feature_rows.h"
#include "facegan/core/error.h"
#include "facegan/core/random.h"

namespace facegan::evaluate {
namespace {

std::vector<std::int64_t> sorted_order(const Features& set) {
  const auto row = [&](std::int64_t i) {
    return std::span(set.values)
        .subspan(static_cast<std::size_t>(i * set.width), static_cast<std::size_t>(set.width));
  };
  std::vector<std::int64_t> order(set.count());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return std::ranges::lexicographical_compare(row(a), row(b));
  });
  return order;
}

void check_widths(const Features& a, const Features& b) {
  if (a.width != b.width) throw Error(ErrorKind::internal, "features of different widths");
}

struct Normal {
  at::Tensor mean, covariance;
};

Normal normal_of(const at::Tensor& rows) {
  const at::Tensor mean = rows.mean(0);
  const at::Tensor centred = rows.sub(mean);
  return {mean, at::mm(centred.t(), centred).div_(static_cast<double>(rows.size(0) - 1))};
}

// Of a matrix with no eigenvalues below 0 but by rounding.
at::Tensor square_root(const at::Tensor& m) {
  const auto [values, vectors] = at::linalg_eigh(m);
  return at::mm(vectors.mul(values.clamp_min(0).sqrt()), vectors.t());
}

double sum_of(const at::Tensor& kernel, bool without_diagonal) {
  return kernel.sum().item<double>() - (without_diagonal ? kernel.diagonal().sum().item<double>() : 0);
}

// Unbiased: no row is compared with itself.
double squared_discrepancy(const at::Tensor& a, const at::Tensor& b) {
  const auto kernel = [&](const at::Tensor& x, const at::Tensor& y) {
    const at::Tensor k = at::mm(x, y.t()).div_(static_cast<double>(a.size(1))).add_(1);
    return k.square().mul_(k);
  };
  const double m = static_cast<double>(a.size(0)), n = static_cast<double>(b.size(0));
  return sum_of(kernel(a, a), true) / (m * (m - 1)) + sum_of(kernel(b, b), true) / (n * (n - 1)) -
         2 * sum_of(kernel(a, b), false) / (m * n);
}

// The first `count` of a shuffled 0 .. n - 1, all in their order where count is n.
at::Tensor drawn(core::Random& random, std::size_t n, std::size_t count) {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  if (count < n)
    for (std::size_t i = 0; i < count; ++i) std::swap(order[i], order[i + random.below(n - i)]);
  order.resize(count);
  return at::tensor(at::IntArrayRef(order), at::kLong);
}

double deviation_of(const std::vector<double>& values, double mean) {
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

at::Tensor sorted_rows(const Features& set, at::ScalarType type) {
  const auto order = sorted_order(set);
  at::Tensor rows = at::empty({static_cast<std::int64_t>(order.size()), set.width}, at::kFloat);
  float* out = rows.mutable_data_ptr<float>();
  for (const std::int64_t i : order)
    out = std::copy_n(set.values.begin() + static_cast<std::ptrdiff_t>(i * set.width), set.width, out);
  return rows.to(type);
}

double frechet_distance(const Features& a, const Features& b) {
  c10::AutoGradMode no_grad(false);
  check_widths(a, b);
  if (std::min(a.count(), b.count()) < 2) return NAN;
  const at::Tensor rows_a = sorted_rows(a, at::kDouble), rows_b = sorted_rows(b, at::kDouble);
  if (rows_a.equal(rows_b)) return 0;  // otherwise a rounding error
  const Normal x = normal_of(rows_a), y = normal_of(rows_b);
  const at::Tensor root = square_root(x.covariance);
  const at::Tensor mixed = at::mm(at::mm(root, y.covariance), root);
  const double trace =
      at::linalg_eigvalsh(mixed.add(mixed.t()).div_(2)).clamp_min_(0).sqrt_().sum().item<double>();
  const double means = x.mean.sub(y.mean).square().sum().item<double>();
  const double traces = x.covariance.trace().item<double>() + y.covariance.trace().item<double>();
  return std::max(0.0, means + traces - 2 * trace);
}

Kid kernel_distance(const Features& real, const Features& made, const KidOptions& options) {
  c10::AutoGradMode no_grad(false);
  check_widths(real, made);
  const std::size_t most = std::min({real.count(), made.count(), options.pictures});
  if (most < 2) return {};
  const at::Tensor a = sorted_rows(real, at::kDouble), b = sorted_rows(made, at::kDouble);
  const bool is_whole = most == real.count() && most == made.count();
  std::vector<double> values;
  for (std::size_t i = 0; i < (is_whole ? 1 : options.subsets); ++i) {
    core::Random random(options.seed, core::Purpose::evaluation, std::uint64_t{2} << 32 | i);
    const at::Tensor x = drawn(random, real.count(), most), y = drawn(random, made.count(), most);
    values.push_back(squared_discrepancy(a.index_select(0, x), b.index_select(0, y)));
  }
  const double mean = mean_of(values);
  return {mean, deviation_of(values, mean)};
}

InceptionScore inception_score(const Features& logits, std::size_t splits) {
  c10::AutoGradMode no_grad(false);
  const std::size_t count = logits.count();
  if (count < splits) return {};
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(count), logits.width};
  at::Tensor rows = at::empty(shape, at::kFloat);
  std::copy(logits.values.begin(), logits.values.end(), rows.mutable_data_ptr<float>());
  const at::Tensor log_p = rows.to(at::kDouble).log_softmax(1), p = log_p.exp();
  std::vector<double> scores;
  for (std::size_t i = 0; i < splits; ++i) {
    const auto begin = static_cast<std::int64_t>(i * count / splits),
               end = static_cast<std::int64_t>((i + 1) * count / splits);
    const at::Tensor part = p.narrow(0, begin, end - begin);
    const at::Tensor divergence = part.mul(log_p.narrow(0, begin, end - begin).sub(part.mean(0).log()));
    scores.push_back(std::exp(divergence.sum(1).mean().item<double>()));
  }
  const double mean = mean_of(scores);
  return {mean, deviation_of(scores, mean)};
}

}  // namespace facegan::evaluate
