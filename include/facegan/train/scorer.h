#pragma once
// What a trained discriminator makes of pictures. Free of LibTorch types.
#include <memory>
#include <string>

#include "facegan/checkpoint/run_folder.h"
#include "facegan/config/config.h"
#include "facegan/image/image.h"

namespace facegan::train {

class Scorer {
 public:
  // device: "auto", "cpu", "cuda", "cuda:N". Error(checkpoint) when the discriminator is not in it.
  explicit Scorer(const checkpoint::Loaded& loaded, const std::string& device = "auto");
  ~Scorer();

  const config::Config& config() const;  // of the run, machine part as scored with

  // D's output for a picture of config().size and channels (Error(internal) for another one); running
  // statistics, no dropout, fp32. A picture's value depends on the picture alone.
  double logit(const image::Image& picture) const;

  // How the outputs of the run's loss are read.
  double threshold() const;  // outputs above it call a picture real
  // 0..1; of losses whose outputs are no log-odds it only orders the pictures, see note().
  double probability(double logit) const;
  bool has_probability() const;  // whether it is one
  // What an output is, where it is not plainly the log-odds of a real picture; else "". One line.
  std::string note() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace facegan::train
