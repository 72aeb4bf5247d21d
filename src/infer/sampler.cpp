#include "facegan/infer/sampler.h"

#include <algorithm>

#include "facegan/infer/pictures.h"
#include "infer/directions.h"
#include "infer/model.h"

namespace facegan::infer {

struct Sampler::State {
  Model g;
  Conditions conditions;
  std::string path, hash;
};

Sampler::Sampler(const std::filesystem::path& checkpoint, const std::string& device, Weights weights)
    : Sampler(run::load_file(checkpoint), device, weights) {}

Sampler::Sampler(const run::Loaded& loaded, const std::string& device, Weights weights)
    : state_(std::make_unique<State>(State{load_model(loaded, device, Player::generator, weights),
                                           Conditions(loaded), loaded.path.string(),
                                           loaded.text(core::kChecksumKey)})) {}

Sampler::~Sampler() = default;
const config::Config& Sampler::config() const {
  return state_->g.config;
}
const std::string& Sampler::checkpoint_path() const {
  return state_->path;
}

const std::string& Sampler::checkpoint_hash() const {
  return state_->hash;
}

Weights Sampler::weights() const {
  return state_->g.weights;
}

const char* name_of(Weights weights) {
  return weights == Weights::mean ? "mean" : "raw";
}

Latent Sampler::latent(std::uint64_t seed, std::uint64_t index) const {
  return draw_latent(seed, core::Purpose::sample, index, config().z);
}

const Conditions& Sampler::conditions() const {
  return state_->conditions;
}

std::vector<Latent> Sampler::latents(std::span<const Sample> samples, const spec::WantedRow& wanted) const {
  std::vector<Latent> all;
  for (const auto& [seed, index] : samples)
    all.push_back(told(latent(seed, index), conditions().row(seed, index, wanted)));
  return all;
}

std::vector<image::Image> Sampler::pictures(const std::vector<Latent>& latents) const {
  const nn::Network& g = *state_->g.network;
  std::vector<image::Image> out(latents.size());
  compute_each(g, latents.size(), [&](std::size_t i) {
    if (!latents[i].empty()) out[i] = generate_picture(g, latents[i]);
  });
  return out;
}

std::vector<image::Image> Sampler::pictures_by_chunks(const std::vector<Latent>& latents) const {
  return generate_chunks(*state_->g.network, latents);
}

std::size_t Sampler::chunk() const {
  return chunk_size(*state_->g.network);
}

std::vector<Latent> Sampler::directions(int count) const {
  std::vector<Latent> found;
  compute_each(*state_->g.network, 1,
               [&](std::size_t) { found = principal_directions(*state_->g.network, count); });
  return found;
}

}  // namespace facegan::infer
