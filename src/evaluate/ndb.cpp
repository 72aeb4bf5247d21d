#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "evaluate/rows.h"
#include "facegan/core/random.h"
#include "facegan/evaluate/distribution.h"

namespace facegan::evaluate {
namespace {

constexpr std::size_t kTogether = 1024;             // pictures whose floats are in memory at once
constexpr std::int64_t kPicturesABin = 10;          // fewer tell nothing
constexpr double kSignificant = 1.959963984540054;  // of a standard normal, two-sided, 5 %

// Calls for blocks of a set: the index of its first picture, [pictures, pixels].
template <class Call>
void for_blocks(const Pictures& set, Call call) {
  for (std::size_t begin = 0; begin < set.count(); begin += kTogether)
    call(static_cast<std::int64_t>(begin), rows_of(set, begin, std::min(set.count(), begin + kTogether)));
}

at::Tensor nearest(const at::Tensor& rows, const at::Tensor& centres) {
  return square_distances(rows, centres).argmin(1);
}

}  // namespace

Bins::Bins(const Pictures& reference, const NdbOptions& options)
    : reference_(static_cast<std::int64_t>(reference.count())) {
  c10::AutoGradMode no_grad(false);
  const std::int64_t bins = std::min(options.bins, reference_ / kPicturesABin);
  if (bins < 2) return;
  const auto pixels = static_cast<std::int64_t>(reference.picture_bytes());
  // The first centres: different pictures of the reference.
  const auto order = core::permutation(options.seed, 0, static_cast<std::uint32_t>(reference_));
  at::Tensor centres = at::zeros({bins, pixels});
  for (std::int64_t b = 0; b < bins; ++b)
    centres[b].copy_(
        rows_of(reference, order[static_cast<std::size_t>(b)], order[static_cast<std::size_t>(b)] + 1)[0]);
  at::Tensor before;
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    at::Tensor bin = at::zeros({reference_}, at::kLong), sums = at::zeros({bins, pixels}, at::kDouble),
               counts = at::zeros({bins}, at::kLong);
    for_blocks(reference, [&](std::int64_t begin, const at::Tensor& rows) {
      const at::Tensor of_rows = nearest(rows, centres);
      bin.slice(0, begin, begin + rows.size(0)).copy_(of_rows);
      sums.index_add_(0, of_rows, rows.to(at::kDouble));
      counts.index_add_(0, of_rows, at::zeros({rows.size(0)}, at::kLong).fill_(1));
    });
    if (before.defined() && before.equal(bin)) break;
    before = bin;
    // A centre without pictures stays where it is.
    const at::Tensor means = sums.div_(counts.clamp_min(1).unsqueeze(1)).to(at::kFloat);
    centres = means.where(counts.gt(0).unsqueeze(1), centres);
  }
  centres_.assign(centres.const_data_ptr<float>(), centres.const_data_ptr<float>() + bins * pixels);
  shares_.resize(static_cast<std::size_t>(bins));
  shares_ = members(reference);
}

std::vector<std::int64_t> Bins::members(const Pictures& set) const {
  const at::Tensor centres = at::from_blob(const_cast<float*>(centres_.data()),
                                           {count(), static_cast<std::int64_t>(set.picture_bytes())});
  std::vector<std::int64_t> counts(shares_.size());
  for_blocks(set, [&](std::int64_t, const at::Tensor& rows) {
    const at::Tensor bin = nearest(rows, centres);
    for (std::int64_t i = 0; i < bin.numel(); ++i)
      ++counts[static_cast<std::size_t>(bin.const_data_ptr<std::int64_t>()[i])];
  });
  return counts;
}

double Bins::differing(const Pictures& set) const {
  if (count() < 2 || set.count() == 0) return NAN;
  c10::AutoGradMode no_grad(false);
  const std::vector<std::int64_t> counts = members(set);
  const auto n = static_cast<double>(set.count()), reference = static_cast<double>(reference_);
  int differ = 0;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    const double of_set = static_cast<double>(counts[b]) / n,
                 of_reference = static_cast<double>(shares_[b]) / reference;
    const double pooled = static_cast<double>(counts[b] + shares_[b]) / (n + reference);
    const double deviation = std::sqrt(pooled * (1 - pooled) * (1 / n + 1 / reference));
    if (deviation > 0 && std::abs(of_set - of_reference) / deviation > kSignificant) ++differ;
  }
  return static_cast<double>(differ) / static_cast<double>(counts.size());
}

}  // namespace facegan::evaluate
