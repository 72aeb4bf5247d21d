#include "train/health.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/sum.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "facegan/core/text.h"

namespace facegan::train {

std::string find_fault(const Model& model, const run::Metrics& m) {
  for (const auto metric : spec::metrics())
    if (m.has(metric) && !std::isfinite(m[metric]))
      return core::str("D loss ", m["d_loss"], ", G loss ", m["g_loss"]);
  c10::AutoGradMode no_grad(false);
  const auto state = model.state();
  // A sum is finite only if all its parts are; one number of each tensor crosses over.
  std::vector<at::Tensor> sums;
  for (const auto& [name, tensor] : state) sums.push_back(tensor.sum().to(at::kDouble));
  const at::Tensor host = at::stack(sums).to(at::kCPU);
  for (std::size_t i = 0; i < state.size(); ++i)
    if (!std::isfinite(host.const_data_ptr<double>()[i]))
      return core::str("the values of '", state[i].name, "' are no longer finite");
  return "";
}

}  // namespace facegan::train
