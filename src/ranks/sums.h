#pragma once
// Sums of tensors over all ranks; each is together, and gives every rank the same bytes. On CUDA nothing
// waits for the device. Error(rank) when a rank is lost.
#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "facegan/ranks/team.h"

namespace facegan::ranks {

// Of each element. Can be differentiated, any number of times: what comes back is the sum over the ranks of
// how their own results depend on x.
at::Tensor sum(const Team& team, const at::Tensor& x);
// Turns x, which is contiguous, into the mean.
void mean_(const Team& team, at::Tensor& x);
// Makes these tensors on every rank what they are on rank 0.
void share(const Team& team, const std::vector<at::Tensor>& tensors);

// A sum that goes on beside other work.
class Sum {
 public:
  // x: contiguous; becomes the sum.
  Sum(const Team& team, const at::Tensor& x);
  ~Sum();
  Sum(Sum&&) noexcept;
  void wait();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace facegan::ranks
