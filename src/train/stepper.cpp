#include "train/stepper.h"

#include <ATen/Context.h>
#include <ATen/ops/empty_like.h>

#include "device/cuda_module.h"
#include "facegan/core/log.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"

namespace facegan::train {
namespace {

// cuDNN chooses its algorithms in the first, and all that a step needs once is there after it.
constexpr int kWarmUp = 3;

}  // namespace

void Stepper::Release::operator()(FaceganGraph* graph) const {
  device::cuda_module()->release(graph);
}

Stepper::Stepper(Model& model, const config::Config& config, bool plain)
    : model_(model), order_(find_update_order(config.update)) {
  if (!model.g.network.device().is_cuda()) return;
  noise_ = at::globalContext().defaultGenerator(model.g.network.device()).clone();
  graphs_ = config.cuda_graphs != "off" && !plain;
}

Stepper::~Stepper() = default;

void Stepper::run(const Recipe& recipe, StepInput input) {
  if (noise_.defined()) {
    noise_.set_current_seed(core::Random(recipe.seed, core::Purpose::dropout, input.step).next_u64());
    input.noise = noise_;
  }
  if (!graphs_) return take_step(model_, recipe, order_, input);
  Recording& recording = recordings_[recipe.kind(input.step)];
  if (!recording.graph) {
    if (++recording.warm_up <= kWarmUp) return take_step(model_, recipe, order_, input);
    keep(input);
    if (!record(recording, recipe)) return take_step(model_, recipe, order_, input);
  } else {
    keep(input);
  }
  device::cuda_module()->replay(recording.graph.get());
}

// False when this recipe cannot be recorded; then none of its steps is.
bool Stepper::record(Recording& recording, const Recipe& recipe) {
  struct Call {
    Stepper& self;
    const Recipe& recipe;
  } call{*this, recipe};
  const auto body = [](void* argument) {
    const Call& c = *static_cast<Call*>(argument);
    take_step(c.self.model_, c.recipe, c.self.order_, c.self.fixed_);
  };
  try {
    recording.graph.reset(device::cuda_module()->record(noise_, first_, body, &call));
    if (!first_) first_ = recording.graph.get();
    return true;
  } catch (const std::exception& error) {
    const std::string what = error.what();
    core::log_warning("a step of this recipe cannot be recorded as a CUDA graph, training goes on without: ",
                      core::printable(what.substr(0, what.find('\n'))));
  }
  graphs_ = false;
  for (auto& [kind, each] : recordings_) each.graph.reset();
  return false;
}

// The input of this step to where recorded steps read it.
void Stepper::keep(const StepInput& input) {
  for (const auto tensor : kStepTensors) {
    const at::Tensor& from = input.*tensor;
    at::Tensor& to = fixed_.*tensor;
    if (!from.defined()) continue;
    if (!to.defined()) to = at::empty_like(from);
    to.copy_(from);
  }
  fixed_.noise = input.noise;
  fixed_.step = input.step;
}

}  // namespace facegan::train
