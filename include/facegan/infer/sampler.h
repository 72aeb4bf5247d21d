#pragma once
// New pictures from a trained generator. Free of LibTorch types: all that a program needs that uses
// a model. Nothing of the process changes: threads are infer's own, and no setting of LibTorch's stays
// another.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/image/image.h"
#include "facegan/infer/conditions.h"
#include "facegan/infer/latents.h"
#include "facegan/run/folder.h"

namespace facegan::infer {

// Picture `index` of a seed.
struct Sample {
  std::uint64_t seed = 0, index = 0;
};

// Whose pictures: of the mean of the generator's weights, where a checkpoint has it, or always of the weights
// that are trained.
enum class Weights { mean, raw };
const char* name_of(Weights weights);  // "mean", "raw"

class Sampler {
 public:
  // device: "auto", "cpu", "cuda", "cuda:N". Error(usage) for one that is not there, Error(checkpoint) when
  // the generator is not in the checkpoint.
  explicit Sampler(const run::Loaded& loaded, const std::string& device = "auto",
                   Weights weights = Weights::mean);
  explicit Sampler(const std::filesystem::path& checkpoint, const std::string& device = "auto",
                   Weights weights = Weights::mean);
  ~Sampler();

  const config::Config& config() const;  // of the run, machine part as sampled with
  const std::string& checkpoint_path() const;
  const std::string& checkpoint_hash() const;  // its checksum, 16 hex digits
  Weights weights() const;                     // whose pictures these are

  // The latent vector z of a sample: standard normal, a function of seed and index alone.
  Latent latent(std::uint64_t seed, std::uint64_t index) const;
  // What the model can be told to show.
  const Conditions& conditions() const;
  // What the generator takes for these samples: their latents, each with its condition behind it where the
  // model has one: conditions().row() of its seed and index.
  std::vector<Latent> latents(std::span<const Sample> samples, const spec::WantedRow& wanted = {}) const;

  // The pictures of latent vectors with their conditions, an empty one's without pixels; running statistics,
  // fp32. Every picture is computed alone, on the CPU by one thread, as many at once as there are cores: it
  // depends, to the last byte, on its z and not on the others. For all that is written.
  std::vector<image::Image> pictures(const std::vector<Latent>& latents) const;

  // The same faster, for figures over many pictures: latents k * chunk() to (k + 1) * chunk() - 1 are
  // computed at once, on the CPU by one thread, as many chunks at once as there are cores. The last chunk is
  // filled up with zeros, so that a picture depends on its z and on its place in its chunk, not on the number
  // of cores or of latents: pieces of whole chunks give what the whole gives. Sums are added in another order
  // than above, so that a byte may differ by 1. Every latent has z numbers and those of its condition:
  // Error(internal).
  std::vector<image::Image> pictures_by_chunks(const std::vector<Latent>& latents) const;
  // 32, or fewer where pictures are large; 1 for a generator with a minibatch_stddev. By the network alone.
  std::size_t chunk() const;

  // The `count` (1 to z) directions of latent space that move the first layer's output most, strongest
  // first: orthonormal, each with its largest component positive. Error(usage) when the generator begins with
  // something that has none.
  std::vector<Latent> directions(int count) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace facegan::infer
