#include "train/statistics.h"

#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

namespace facegan::train {
namespace {

using at::Tensor;

Tensor right_about_real(const StepResult& s) {
  return s.real_logits.gt(s.middle).to(at::kFloat).mean();
}
Tensor right_about_fake(const StepResult& s) {
  return s.fake_logits.le(s.middle).to(at::kFloat).mean();
}

}  // namespace

const std::vector<Statistic>& statistics() {
  static const std::vector<Statistic> rows = {
      {"d_loss", [](const StepResult& s) { return s.d_loss; }},
      {"g_loss", [](const StepResult& s) { return s.g_loss.detach(); }},
      {"d_real", [](const StepResult& s) { return at::sigmoid(s.real_logits).mean(); }},
      {"d_fake", [](const StepResult& s) { return at::sigmoid(s.fake_logits).mean(); }},
      {"d_accuracy",
       [](const StepResult& s) { return right_about_real(s).add(right_about_fake(s)).mul(0.5); }},
      {"d_accuracy_real", right_about_real},
      {"d_accuracy_fake", right_about_fake},
  };
  return rows;
}

Tensor statistics_of(const StepResult& step) {
  c10::AutoGradMode no_grad(false);
  std::vector<Tensor> values;
  for (const Statistic& row : statistics()) values.push_back(row.of(step));
  return at::stack(values).to(at::kDouble);
}

}  // namespace facegan::train
