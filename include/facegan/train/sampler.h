#pragma once
// New pictures from a trained generator. Free of LibTorch types: all that a program needs that uses
// a model.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "facegan/checkpoint/run_folder.h"
#include "facegan/config/config.h"
#include "facegan/image/image.h"

namespace facegan::train {

class Sampler {
 public:
  // A run (number, name, path; "" = the newest in ./runs) or a checkpoint file. Error(checkpoint).
  // device: "auto", "cpu", "cuda", "cuda:N".
  explicit Sampler(const std::string& run_or_file, const std::string& device = "auto");
  explicit Sampler(const checkpoint::Loaded& loaded, const std::string& device = "auto");
  ~Sampler();

  const config::Config& config() const;  // of the run, machine part as sampled with
  const std::string& checkpoint_path() const;

  // The latent vector z of picture `index` of a seed: standard normal, a function of both alone.
  std::vector<float> latent(std::uint64_t seed, std::uint64_t index) const;
  // The picture of one latent vector; running statistics, fp32. A picture depends on its z alone.
  image::Image picture(std::span<const float> z) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace facegan::train
