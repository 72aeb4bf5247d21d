#include "train/adam.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <cmath>

namespace facegan::train {

Adam::Adam(std::vector<at::Tensor> parameters, const AdamOptions& options)
    : options_(options), parameters_(std::move(parameters)) {
  step_ = at::zeros({}, parameters_.at(0).options().dtype(at::kFloat).requires_grad(false));
  for (const auto& p : parameters_) {
    exp_avg_.push_back(at::zeros_like(p, at::TensorOptions().requires_grad(false)));
    exp_avg_sq_.push_back(at::zeros_like(p, at::TensorOptions().requires_grad(false)));
    steps_.push_back(step_);  // all share one counter
  }
  if (step_.is_cuda()) lr_ = at::full({}, options_.lr, step_.options());
}

void Adam::set_lr(double lr) {
  if (lr == options_.lr) return;
  options_.lr = lr;
  if (lr_.defined()) lr_.fill_(lr);
}

// For the update that comes.
double Adam::epsilon() {
  if (!options_.keras) return options_.eps;
  if (!host_steps_) host_steps_ = std::lround(step_.to(at::kCPU, at::kDouble).const_data_ptr<double>()[0]);
  return options_.eps / std::sqrt(1 - std::pow(options_.beta2, static_cast<double>(++*host_steps_)));
}

void Adam::step(std::vector<at::Tensor> gradients) {
  c10::AutoGradMode no_grad(false);
  // The fused kernels walk through memory without a look at strides. No copy where they agree.
  for (std::size_t i = 0; i < gradients.size(); ++i)
    gradients[i] = gradients[i].defined() ? gradients[i].contiguous(parameters_[i].suggest_memory_format())
                                          : at::zeros_like(parameters_[i]);
  const double eps = epsilon();
  step_.add_(1);
  const auto update = [&](const auto& lr) {
    at::_fused_adam_(parameters_, gradients, exp_avg_, exp_avg_sq_, {}, steps_, lr, options_.beta1,
                     options_.beta2, /*weight_decay=*/0, eps, /*amsgrad=*/false, /*maximize=*/false);
  };
  lr_.defined() ? update(lr_) : update(options_.lr);
}

}  // namespace facegan::train
