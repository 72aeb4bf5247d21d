#include "train/statistics.h"

#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

namespace facegan::train {

using at::Tensor;

const std::vector<Statistic>& statistics() {
  static const std::vector<Statistic> rows = {
      {"d_loss", [](const StepResult& s) { return s.d_loss; }},
      {"g_loss", [](const StepResult& s) { return s.g_loss; }},
      {"d_real", [](const StepResult& s) { return at::sigmoid(s.real_logits).mean(); }},
      {"d_fake", [](const StepResult& s) { return at::sigmoid(s.fake_logits).mean(); }},
      {"d_accuracy", [](const StepResult& s) { return s.right_real.add(s.right_fake).mul(0.5); }},
      {"d_accuracy_real", [](const StepResult& s) { return s.right_real; }},
      {"d_accuracy_fake", [](const StepResult& s) { return s.right_fake; }},
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
