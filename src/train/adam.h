#pragma once
// Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1) over one network's parameters, by LibTorch's
// fused kernels. Steps are counted on the device; on CUDA the rate is there, too.
#include <ATen/core/Tensor.h>

#include <vector>

namespace facegan::train {

// Where epsilon is added, with v the second moment and c = 1 - beta2^t its correction:
// PyTorch sqrt(v / c) + eps; Keras sqrt(v) + eps before the correction, which is sqrt(v / c) + eps / sqrt(c).
struct AdamOptions {
  double lr, beta1, beta2, eps;
  bool keras = false;
};

class Adam {
 public:
  Adam(std::vector<at::Tensor> parameters, const AdamOptions& options);
  // One update by gradients in the order of the parameters; an undefined one counts as zeros.
  void step(std::vector<at::Tensor> gradients);

  double lr() const { return options_.lr; }
  void set_lr(double lr);

  // State, for checkpoints: per parameter m (exp_avg), v (exp_avg_sq); one step counter.
  const std::vector<at::Tensor>& exp_avg() const { return exp_avg_; }
  const std::vector<at::Tensor>& exp_avg_sq() const { return exp_avg_sq_; }
  const at::Tensor& steps() const { return step_; }  // one float: updates done

 private:
  at::Tensor correction() const;

  AdamOptions options_;
  std::vector<at::Tensor> parameters_, exp_avg_, exp_avg_sq_, steps_;
  std::vector<at::Tensor> flat_, flat_exp_avg_, flat_exp_avg_sq_;  // [count] each, the same memory
  at::Tensor step_;
  at::Tensor lr_;                      // on CUDA alone, where recorded steps read it
  std::vector<at::Tensor> corrected_;  // of the Keras form, in place of steps_
};

}  // namespace facegan::train
