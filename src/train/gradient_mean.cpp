#include "train/gradient_mean.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

namespace facegan::train {
namespace {

using at::Tensor;

// As PyTorch's DistributedDataParallel has them: the first sum begins early, the others are worth their
// start.
constexpr std::int64_t kFirstBucketBytes = 1 << 20, kBucketBytes = 25 << 20;

}  // namespace

GradientMean::GradientMean(const ranks::Team& team, std::vector<Tensor> leaves,
                           const std::vector<Tensor>& parameters)
    : team_(team),
      leaves_(std::move(leaves)),
      means_(leaves_.size()),
      bucket_of_(leaves_.size()),
      has_arrived_(leaves_.size()) {
  std::vector<std::int64_t> numbers;  // of each bucket
  std::int64_t bytes = 0;
  for (std::size_t i = leaves_.size(); i-- > 0;) {  // a backward pass begins at the end
    if (numbers.empty() || bytes >= (numbers.size() == 1 ? kFirstBucketBytes : kBucketBytes))
      numbers.push_back(0), buckets_.emplace_back(), bytes = 0;
    bucket_of_[i] = numbers.size() - 1;
    ++buckets_.back().size;
    numbers.back() += parameters[i].numel(), bytes += parameters[i].nbytes();
  }
  std::vector<std::int64_t> used(buckets_.size());
  for (std::size_t b = 0; b < buckets_.size(); ++b) {
    buckets_[b].flat = at::empty({numbers[b]}, parameters[0].options().requires_grad(false));
    buckets_[b].missing = buckets_[b].size;
  }
  for (std::size_t i = leaves_.size(); i-- > 0;) {
    const std::size_t b = bucket_of_[i];
    means_[i] = buckets_[b].flat.as_strided(parameters[i].sizes(), parameters[i].strides(), used[b]);
    used[b] += parameters[i].numel();
    hooks_.push_back(leaves_[i].register_hook([this, i](const Tensor& gradient) {
      if (collects_) add(i, gradient);
    }));
  }
}

GradientMean::~GradientMean() {
  for (std::size_t k = 0; k < hooks_.size(); ++k) leaves_[leaves_.size() - 1 - k].remove_hook(hooks_[k]);
}

void GradientMean::begin(const std::vector<Tensor>& sums) {
  earlier_ = sums;
  collects_ = true;
}

void GradientMean::add(std::size_t leaf, const Tensor& gradient) {
  const c10::AutoGradMode no_grad(false);
  means_[leaf].copy_(gradient);
  if (!earlier_.empty() && earlier_[leaf].defined()) means_[leaf].add_(earlier_[leaf]);
  arrived(leaf);
}

void GradientMean::arrived(std::size_t leaf) {
  has_arrived_[leaf] = true;
  Bucket& bucket = buckets_[bucket_of_[leaf]];
  if (--bucket.missing == 0) bucket.sum.emplace(team_, bucket.flat);
}

std::vector<Tensor> GradientMean::end(const std::vector<Tensor>& sums, std::int64_t parts) {
  const c10::AutoGradMode no_grad(false);
  collects_ = false;
  earlier_.clear();
  for (std::size_t i = leaves_.size(); i-- > 0;) {
    if (has_arrived_[i]) continue;
    if (sums[i].defined())
      means_[i].copy_(sums[i]);
    else
      means_[i].zero_();
    arrived(i);
  }
  for (Bucket& bucket : buckets_) {
    bucket.sum->wait();
    bucket.sum.reset();
    bucket.flat.div_(static_cast<double>(parts * team_.size()));
    bucket.missing = bucket.size;
  }
  has_arrived_.assign(has_arrived_.size(), false);
  return means_;
}

}  // namespace facegan::train
