#include "train/adam.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/full.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

namespace facegan::train {
namespace {

// After so many updates both corrections, 1 - beta^t, are 1.
constexpr double kCorrected = 1e9;

// All values as they lie in memory. The fused kernels walk through them so, without a look at strides;
// gradients that are not in the order of their sizes they also copy, on a CPU, for nothing.
at::Tensor flat(const at::Tensor& dense) {
  return dense.detach().as_strided({dense.numel()}, {1});
}

}  // namespace

Adam::Adam(std::vector<at::Tensor> parameters, const AdamOptions& options)
    : options_(options), parameters_(std::move(parameters)) {
  c10::AutoGradMode no_grad(false);
  step_ = at::zeros({}, parameters_.at(0).options().dtype(at::kFloat).requires_grad(false));
  for (const auto& p : parameters_) {
    exp_avg_.push_back(at::zeros_like(p, at::TensorOptions().requires_grad(false)));
    exp_avg_sq_.push_back(at::zeros_like(p, at::TensorOptions().requires_grad(false)));
    steps_.push_back(step_);  // all share one counter
    flat_.push_back(flat(p));
    flat_exp_avg_.push_back(flat(exp_avg_.back()));
    flat_exp_avg_sq_.push_back(flat(exp_avg_sq_.back()));
  }
  if (step_.is_cuda()) lr_ = at::full({}, options_.lr, step_.options());
  if (options_.keras) corrected_.assign(parameters_.size(), at::full({}, kCorrected, step_.options()));
}

void Adam::set_lr(double lr) {
  if (lr == options_.lr) return;
  options_.lr = lr;
  if (lr_.defined()) lr_.fill_(lr);
}

// Of the Keras form, sqrt(1 - beta2^t) / (1 - beta1^t): makes the rate one for an update without corrections.
// By tensors, so that a recorded step has another one each time.
at::Tensor Adam::correction() const {
  const at::Tensor t = step_.to(at::kDouble);
  const auto of = [&](double beta) { return at::pow(beta, t).neg_().add_(1); };
  return of(options_.beta2).sqrt_().div_(of(options_.beta1));
}

void Adam::step(std::vector<at::Tensor> gradients) {
  c10::AutoGradMode no_grad(false);
  for (std::size_t i = 0; i < gradients.size(); ++i)  // no copy where the orders agree
    gradients[i] = gradients[i].defined()
                       ? flat(gradients[i].contiguous(parameters_[i].suggest_memory_format()))
                       : at::zeros_like(flat_[i]);
  step_.add_(1);
  const auto update = [&](const auto& lr, const std::vector<at::Tensor>& steps) {
    at::_fused_adam_(flat_, gradients, flat_exp_avg_, flat_exp_avg_sq_, {}, steps, lr, options_.beta1,
                     options_.beta2, /*weight_decay=*/0, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
  };
  const std::vector<at::Tensor>& steps = options_.keras ? corrected_ : steps_;
  if (lr_.defined())
    update(options_.keras ? correction().mul_(lr_).to(at::kFloat) : lr_, steps);
  else
    update(options_.keras ? options_.lr * correction().item<double>() : options_.lr, steps);
}

}  // namespace facegan::train
