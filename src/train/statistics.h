#pragma once
// What a step leaves for the lines of metrics: one row for each number.
#include <ATen/core/Tensor.h>

#include <vector>

#include "facegan/spec/metrics.h"

namespace facegan::train {

// What a step has computed; logits are those of D before its update.
struct StepResult {
  at::Tensor d_loss, g_loss;            // scalars
  at::Tensor real_logits, fake_logits;  // [N]
  at::Tensor right_real, right_fake;    // scalars: shares of them on the right side of the loss' middle
};

struct Statistic {
  spec::MetricKey metric;
  at::Tensor (*of)(const StepResult& step);  // a scalar on the device
};

// In the order of the tensor "statistics" of checkpoints: append, never renumber.
const std::vector<Statistic>& statistics();

// A step's numbers, [statistics().size()] as kFloat64.
at::Tensor statistics_of(const StepResult& step);

}  // namespace facegan::train
