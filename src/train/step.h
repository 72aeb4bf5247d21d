#pragma once
// One training step, as data: an update order is a list of passes. No I/O and no host synchronisation in
// here.
//
// A step takes one batch of pictures and updates D; G is updated in every d_steps-th step. A batch may be
// split into parts (--accumulate): each pass adds the gradients of one part after the other, and the mean
// over the parts is what updates.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/ranks/team.h"
#include "train/augment.h"
#include "train/losses.h"
#include "train/model.h"

namespace facegan::train {

// Steps of one kind do the same work: what a recorded step can stand for.
struct StepKind {
  bool updates_g = false, has_penalty = false;
  auto operator<=>(const StepKind&) const = default;
};

// How a run trains.
struct Recipe {
  const Loss* loss;
  double middle = 0;               // outputs of D above it are counted as "real"
  bool fresh_latents = false;      // G learns on latents of its own
  double label_smoothing = 0;      // the label of real pictures is 1 - this
  double label_flip = 0;           // share of labels that are swapped
  double r1 = 0, r2 = 0, gp = 0;   // weights of the penalties, 0 = none
  std::int64_t penalty_every = 1;  // steps from one penalty to the next, which counts as often
  std::int64_t d_steps = 1;
  std::int64_t parts = 1;             // of a batch; divides it
  std::uint64_t seed = 1;             // of all noise: latents, dropout, labels, penalties, augmentation
  core::Size size;                    // of the pictures
  const ranks::Team* team = nullptr;  // whose ranks share each batch; nullptr: this process has all of it
  bool sync_batch_norm = false;       // what looks across a batch looks at all ranks' pictures
  Augmentation augmentation;

  explicit Recipe(const config::Config& config);
  StepKind kind(std::uint64_t step) const {
    return {
        .updates_g = (step + 1) % static_cast<std::uint64_t>(d_steps) == 0,
        .has_penalty = (r1 > 0 || r2 > 0 || gp > 0) && step % static_cast<std::uint64_t>(penalty_every) == 0};
  }
};

// What one step needs besides the model; all that is random in it but the dropout masks.
struct StepInput {
  at::Tensor real;     // [N, C, H, W] in [-1, 1], channels-last
  at::Tensor z;        // [N, z]
  at::Tensor z_g;      // [N, z]: orders with fresh latents draw some for G
  at::Tensor mix;      // [N] in [0, 1): how much of the real picture is in that of the gradient penalty
  at::Tensor flipped;  // [2N] of 0 and 1, the real pictures first: whose labels are swapped; undefined: none
  at::Tensor augment;  // [looks, N, kAugmentNumbers]: what draw_augmentation() draws; undefined: none
  at::Tensor labels;   // [N, conditions]: of `real`; generated pictures are to show the same; undefined: none
  at::Tensor penalty;  // [1]: the share of the penalties' weights in this step
  at::Generator noise;  // of the dropout masks, as in nn::Pass
  std::uint64_t step;   // steps done before this one
};
// All tensors of an input: what must lie still for a recorded step.
inline constexpr std::array kStepTensors = {&StepInput::real,   &StepInput::z,       &StepInput::z_g,
                                            &StepInput::mix,    &StepInput::flipped, &StepInput::augment,
                                            &StepInput::labels, &StepInput::penalty};

// Who learns from a pass.
enum Learner : unsigned { kD = 1, kG = 2 };

class Step;
struct Part;

struct OrderPass {
  void (*run)(Step& step, Part& part);  // adds the gradients of one part of the batch
  unsigned learners;                    // Learner bits: who is updated when all parts are through
};

struct UpdateOrder {
  const char* name;  // as in spec/catalogue.h, which has the facts
  // One after the other; those whose learners the step does not update are left out.
  std::vector<OrderPass> passes;
};
const std::vector<UpdateOrder>& update_orders();
const UpdateOrder& find_update_order(const std::string& name);

// Updates the model and adds to its statistics.
void take_step(Model& model, const Recipe& recipe, const UpdateOrder& order, const StepInput& input);

// The random part of a step's input, a function of (seed, step); picture i of the batch has row i, a rank the
// rows of its own pictures (shares.h). `real` is left to the caller. penalty: the share of the penalties'
// weights.
StepInput draw_input(const Recipe& recipe, std::uint64_t step, std::int64_t batch, std::int64_t z,
                     at::Device device, double penalty = 1);

// Copies from host memory that may be reused at once; on CUDA without waiting for the device.
at::Tensor upload(const at::Tensor& host, at::Device device);

}  // namespace facegan::train
