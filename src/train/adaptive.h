#pragma once
// Adaptive augmentation: its probability rises while D tells training pictures from others too well, and
// falls while it does not (T. Karras et al., "Training generative adversarial networks with limited data",
// NeurIPS 2020, arXiv 2006.06676, section 3.1), within bounds: far above these, what is done to the pictures
// shows in those of G.
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "train/step.h"

namespace facegan::train {

class AdaptiveAugmentation {
 public:
  // Does nothing for a run whose probability stays. pictures: that train; the first probability is by their
  // number (lightweight-gan, issue 83). conditions: the names of what pictures are to show. The model must
  // outlive it. Reads held-out pictures for a loss that compares. Error(data), Error(usage) where there are
  // none.
  AdaptiveAugmentation(const config::Config& config, Model& model, std::size_t pictures,
                       const std::vector<std::string>& conditions);

  // For a new run.
  void start();
  // After step `step`, from 0, on `real`, made of latents `z`, both of conditions `labels`. Does not wait for
  // the device.
  void follow(const Recipe& recipe, std::uint64_t step, const at::Tensor& real, const at::Tensor& z,
              const at::Tensor& labels);

 private:
  void move(const at::Tensor& too_well, std::int64_t steps);
  at::Tensor outputs(const Recipe& recipe, std::uint64_t step, std::int64_t look, const at::Tensor& pictures,
                     const at::Tensor& labels) const;

  Model& model_;
  bool is_on_, has_no_zero_;
  std::int64_t batch_;
  double first_;
  at::Tensor held_out_;         // [M, H, W, C] bytes on the device
  at::Tensor held_out_labels_;  // [M, conditions] likewise, or undefined
};

}  // namespace facegan::train
