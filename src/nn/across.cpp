#include "nn/across.h"

#include <ATen/OpMathType.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include "ranks/sums.h"

namespace facegan::nn {
namespace {

using at::Tensor;

std::vector<std::int64_t> with_rows(const Tensor& x, std::initializer_list<std::int64_t> rows) {
  std::vector<std::int64_t> sizes = rows;
  sizes.insert(sizes.end(), x.sizes().begin() + 1, x.sizes().end());
  return sizes;
}

}  // namespace

bool is_shared(const Pass& pass) {
  return pass.team && pass.sync_statistics;
}

Tensor rows_of_all(const Pass& pass, const Tensor& x) {
  const std::int64_t ranks = pass.team->size(), n = x.size(0) / pass.blocks;
  Tensor mine = at::zeros({ranks}, x.options());
  mine[pass.team->rank()] = 1;
  std::vector<std::int64_t> along(static_cast<std::size_t>(x.dim()) + 2, 1);
  along[1] = ranks;
  const Tensor placed = x.reshape(with_rows(x, {pass.blocks, 1, n})).mul(mine.view(along));
  return ranks::sum(*pass.team, placed).reshape(with_rows(x, {pass.blocks * ranks * n}));
}

Tensor own_rows(const Pass& pass, const Tensor& all) {
  const std::int64_t ranks = pass.team->size(), n = all.size(0) / (pass.blocks * ranks);
  return all.reshape(with_rows(all, {pass.blocks, ranks, n}))
      .select(1, pass.team->rank())
      .reshape(with_rows(all, {pass.blocks * n}));
}

// In two passes, as the variance of numbers far from zero needs it.
Tensor batch_norm_of_all(const Call& c, const Tensor& x) {
  const Tensor* t = c.tensors;
  const double ranks = c.pass.team->size(), momentum = c.layer.real("momentum");
  const Tensor numbers = x.to(at::toOpMathType(x.scalar_type()));
  std::vector<std::int64_t> dimensions = {0}, each = {1, -1};
  for (std::int64_t d = 2; d < x.dim(); ++d) dimensions.push_back(d), each.push_back(1);
  const auto mean_of = [&](const Tensor& values) {  // [C]
    return ranks::sum(*c.pass.team, values.mean(dimensions)).div(ranks);
  };
  const Tensor mean = mean_of(numbers);
  const Tensor centred = numbers.sub(mean.view(each));
  const Tensor variance = mean_of(centred.square());
  if (c.pass.update_running) {
    const c10::AutoGradMode no_grad(false);
    const double n = ranks * static_cast<double>(x.numel() / x.size(1));
    const double scale = c.layer.word("variance") == "unbiased" ? n / (n - 1) : 1;
    t[2].variable_data().mul_(1 - momentum).add_(mean, momentum);
    t[3].variable_data().mul_(1 - momentum).add_(variance, momentum * scale);
  }
  const Tensor scale = variance.add(c.layer.real("eps")).rsqrt().mul(t[0]);
  return centred.mul(scale.view(each)).add(t[1].view(each)).to(x.scalar_type());
}

}  // namespace facegan::nn
