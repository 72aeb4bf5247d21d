#pragma once
// The mean over all ranks of one network's gradients. They are summed in buckets, as the backward pass gives
// them: the sum of the last layers' goes on while the first layers' are computed (S. Li et al., "PyTorch
// distributed: experiences on accelerating data parallel training", VLDB 2020, arXiv 2006.15704, section
// 3.2).
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "ranks/sums.h"

namespace facegan::train {

class GradientMean {
 public:
  // leaves: whose gradients; parameters: what they change, which says type and strides of the means.
  GradientMean(const ranks::Team& team, std::vector<at::Tensor> leaves,
               const std::vector<at::Tensor>& parameters);
  ~GradientMean();
  GradientMean(const GradientMean&) = delete;
  GradientMean& operator=(const GradientMean&) = delete;

  // Before the last backward pass of an update: gradients of earlier ones so far, or none.
  void begin(const std::vector<at::Tensor>& sums);
  // Together. After it: the sums with what that pass gave; an undefined one counts as zeros. Their means over
  // the ranks and `parts`: valid until the next end().
  std::vector<at::Tensor> end(const std::vector<at::Tensor>& sums, std::int64_t parts);

 private:
  struct Bucket {
    at::Tensor flat;
    std::size_t missing = 0, size = 0;  // gradients
    std::optional<ranks::Sum> sum;      // that goes on
  };
  void add(std::size_t leaf, const at::Tensor& gradient);
  void arrived(std::size_t leaf);

  const ranks::Team& team_;
  std::vector<at::Tensor> leaves_, means_;  // the second are views of buckets
  std::vector<unsigned> hooks_;
  std::vector<std::size_t> bucket_of_;
  std::vector<Bucket> buckets_;
  bool collects_ = false;
  std::vector<at::Tensor> earlier_;
  std::vector<bool> has_arrived_;
};

}  // namespace facegan::train
