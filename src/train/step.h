#pragma once
// One training step: the D and G phases as data. No I/O and no host synchronisation in here.
//
// A step takes one batch of pictures and updates D; G is updated in every d_steps-th step.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "train/losses.h"
#include "train/model.h"

namespace facegan::train {

// How a run trains.
struct Recipe {
  const Loss* loss;
  double middle = 0;               // outputs of D above it are counted as "real"
  double label_smoothing = 0;      // the label of real pictures is 1 - this
  double label_flip = 0;           // share of labels that are swapped
  double r1 = 0, gp = 0;           // weights of the penalties, 0 = none
  std::int64_t penalty_every = 1;  // steps from one penalty to the next, which counts as often
  std::int64_t d_steps = 1;
  std::uint64_t seed = 1;  // of all noise: latents, dropout, labels, penalties

  explicit Recipe(const config::Config& config);
  bool updates_g(std::uint64_t step) const { return (step + 1) % static_cast<std::uint64_t>(d_steps) == 0; }
  bool has_penalty(std::uint64_t step) const {
    return (r1 > 0 || gp > 0) && step % static_cast<std::uint64_t>(penalty_every) == 0;
  }
};

// What one step needs besides the model; all that is random in it but the dropout masks.
struct StepInput {
  at::Tensor real;      // [N, C, H, W] in [-1, 1], channels-last
  at::Tensor z;         // [N, z]
  at::Tensor z_g;       // [N, z]: concatenated draws latents of its own for G
  at::Tensor mix;       // [N] in [0, 1): how much of the real picture is in that of the gradient penalty
  at::Tensor flipped;   // [2N] of 0 and 1, the real pictures first: whose labels are swapped; undefined: none
  at::Generator noise;  // of the dropout masks, as in nn::Pass
  std::uint64_t step;   // steps done before this one
};

// An update order.
struct UpdateOrder {
  const char* name;  // as in spec/catalogue.h
  void (*run)(Model& model, const Recipe& recipe, const StepInput& input);
  bool two_latents;  // whether it takes z_g
};
const std::vector<UpdateOrder>& update_orders();
const UpdateOrder& find_update_order(const std::string& name);

// The random part of a step's input, a function of (seed, step); picture i of the batch has row i.
// `real` is left to the caller.
StepInput draw_input(const Recipe& recipe, const UpdateOrder& order, std::uint64_t step, std::int64_t batch,
                     std::int64_t z, at::Device device);

// Copies from host memory that may be reused at once; on CUDA without waiting for the device.
at::Tensor upload(const at::Tensor& host, at::Device device);

}  // namespace facegan::train
