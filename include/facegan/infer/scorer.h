#pragma once
// What a trained discriminator makes of pictures. Free of LibTorch types.
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/image/image.h"
#include "facegan/run/folder.h"

namespace facegan::infer {

class Scorer {
 public:
  // device: "auto", "cpu", "cuda", "cuda:N". Error(usage) for one that is not there, Error(checkpoint) when
  // the discriminator is not in the checkpoint.
  explicit Scorer(const run::Loaded& loaded, const std::string& device = "auto");
  explicit Scorer(const std::filesystem::path& checkpoint, const std::string& device = "auto");
  ~Scorer();

  const config::Config& config() const;  // of the run, machine part as scored with

  // D's outputs for pictures get(0) .. get(count - 1) of config().size and channels (Error(internal) for
  // others), none for one without pixels; running statistics, no dropout, fp32. On the CPU all cores work,
  // each on a picture of its own, so that a value depends on the picture alone. get and progress (which gets
  // the number of pictures done) are called from those threads, progress one call at a time.
  std::vector<std::optional<double>> logits(std::size_t count,
                                            const std::function<image::Image(std::size_t)>& get,
                                            const std::function<void(std::size_t)>& progress = {}) const;

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

}  // namespace facegan::infer
