#pragma once
// New pictures from a trained generator. Free of LibTorch types: all that a program needs that uses
// a model.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/image/image.h"
#include "facegan/infer/latents.h"
#include "facegan/run/folder.h"

namespace facegan::infer {

class Sampler {
 public:
  // A run (number, name, path; "" = the newest in ./runs) or a checkpoint file. Error(checkpoint).
  // device: "auto", "cpu", "cuda", "cuda:N".
  explicit Sampler(const std::string& run_or_file, const std::string& device = "auto");
  explicit Sampler(const run::Loaded& loaded, const std::string& device = "auto");
  ~Sampler();

  const config::Config& config() const;  // of the run, machine part as sampled with
  const std::string& checkpoint_path() const;
  const std::string& checkpoint_hash() const;  // its checksum, 16 hex digits

  // The latent vector z of picture `index` of a seed: standard normal, a function of both alone.
  Latent latent(std::uint64_t seed, std::uint64_t index) const;
  // The pictures of latent vectors, an empty one's without pixels; running statistics, fp32. A picture
  // depends on its z alone: not on the others, nor on the number of cores, each of which makes pictures of
  // its own.
  std::vector<image::Image> pictures(const std::vector<Latent>& latents) const;
  // The `count` (1 to z) directions of latent space that move the first layer's output most, strongest
  // first: orthonormal, each with its largest component positive. Error(usage) when the generator begins with
  // something that has none.
  std::vector<Latent> directions(int count) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace facegan::infer
