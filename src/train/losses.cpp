#include "train/losses.h"

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softplus.h>
#include <torch/csrc/autograd/autograd.h>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::train {
namespace {

using at::Tensor;

// Binary cross-entropy of sigmoid(logit) with the label: log(1 + e^l) - label * l.
Tensor bce_labels(const Tensor& logits, const Tensor& labels) {
  return at::softplus(logits).sub(labels.mul(logits)).mean();
}
Tensor bce_real(const Tensor& logits) {
  return at::softplus(logits.neg()).mean();
}
Tensor minimax_g(const Tensor& logits) {  // log(1 - sigmoid(l)) = -softplus(l)
  return at::softplus(logits).mean().neg();
}

Tensor squares_labels(const Tensor& logits, const Tensor& labels) {
  return logits.sub(labels).square().mean().mul(0.5);
}
Tensor squares_real(const Tensor& logits) {
  return logits.sub(1).square().mean().mul(0.5);
}

Tensor hinge_real(const Tensor& logits, const Tensor&) {
  return at::relu(logits.neg().add(1)).mean();
}
Tensor hinge_fake(const Tensor& logits, const Tensor&) {
  return at::relu(logits.add(1)).mean();
}

Tensor mean_low(const Tensor& logits, const Tensor&) {
  return logits.mean();
}
Tensor mean_high(const Tensor& logits, const Tensor&) {
  return logits.mean().neg();
}
Tensor mean_g(const Tensor& logits) {
  return logits.mean().neg();
}

Tensor relativistic_d(const Tensor& real, const Tensor& fake) {
  return at::softplus(fake.sub(real)).mean();
}
Tensor relativistic_g(const Tensor& real, const Tensor& fake) {
  return at::softplus(real.sub(fake)).mean();
}

}  // namespace

const std::vector<Loss>& losses() {
  static const std::vector<Loss> rows = {
      {.name = "bce", .d_real = bce_labels, .d_fake = bce_labels, .g_fake = bce_real},
      {.name = "minimax", .d_real = bce_labels, .d_fake = bce_labels, .g_fake = minimax_g},
      {.name = "lsgan", .d_real = squares_labels, .d_fake = squares_labels, .g_fake = squares_real},
      {.name = "hinge", .d_real = hinge_real, .d_fake = hinge_fake, .g_fake = mean_g},
      {.name = "wgan-gp", .d_real = mean_high, .d_fake = mean_low, .g_fake = mean_g},
      {.name = "relativistic", .d_pair = relativistic_d, .g_pair = relativistic_g},
  };
  return rows;
}

const Loss& find_loss(const std::string& name) {
  for (const auto& loss : losses())
    if (name == loss.name) return loss;
  throw Error(ErrorKind::usage, core::str("unknown loss '", name, "'"));
}

Tensor picture_gradient(const Tensor& logits, const Tensor& pictures) {
  return torch::autograd::grad({logits.sum()}, {pictures}, {}, true, /*create_graph=*/true)[0].flatten(1);
}

Tensor r1_penalty(const Tensor& gradient) {
  return gradient.square().sum(1).mean().mul(0.5);
}

Tensor gradient_penalty(const Tensor& gradient) {
  return at::linalg_vector_norm(gradient, 2, at::IntArrayRef{1}).sub(1).square().mean();
}

}  // namespace facegan::train
