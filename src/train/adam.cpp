#include "train/adam.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

namespace facegan::train {

Adam::Adam(std::vector<at::Tensor> parameters, const AdamOptions& options)
    : options_(options), parameters_(std::move(parameters)) {
  step_ = at::zeros({}, parameters_.at(0).options().dtype(at::kFloat).requires_grad(false));
  for (const auto& p : parameters_) {
    exp_avg_.push_back(at::zeros_like(p, at::TensorOptions().requires_grad(false)));
    exp_avg_sq_.push_back(at::zeros_like(p, at::TensorOptions().requires_grad(false)));
    steps_.push_back(step_);  // all share one counter
  }
}

void Adam::step(std::vector<at::Tensor> gradients) {
  c10::AutoGradMode no_grad(false);
  // The fused kernels walk through memory without a look at strides. No copy where they agree.
  for (std::size_t i = 0; i < gradients.size(); ++i)
    gradients[i] = gradients[i].contiguous(parameters_[i].suggest_memory_format());
  step_.add_(1);
  at::_fused_adam_(parameters_, gradients, exp_avg_, exp_avg_sq_, {}, steps_, options_.lr, options_.beta1,
                   options_.beta2, /*weight_decay=*/0, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
}

}  // namespace facegan::train
