#include "facegan/infer/sampler.h"

#include "infer/directions.h"
#include "infer/loaded_network.h"
#include "infer/pictures.h"

namespace facegan::infer {

struct Sampler::State {
  config::Config config;
  std::string path, hash;
  nn::Network g;
};

Sampler::Sampler(const std::string& run_or_file, const std::string& device)
    : Sampler(run::load_from(run_or_file), device) {}

Sampler::Sampler(const run::Loaded& loaded, const std::string& device) {
  LoadedNetwork found = load_network(loaded, device, WhichNetwork::generator);
  state_ = std::make_unique<State>(State{std::move(found.config), loaded.path.string(),
                                         loaded.text(core::kChecksumKey), std::move(found.network)});
}

Sampler::~Sampler() = default;
const config::Config& Sampler::config() const {
  return state_->config;
}
const std::string& Sampler::checkpoint_path() const {
  return state_->path;
}

const std::string& Sampler::checkpoint_hash() const {
  return state_->hash;
}

Latent Sampler::latent(std::uint64_t seed, std::uint64_t index) const {
  return draw_latent(seed, core::Purpose::sample, index, state_->config.z);
}

std::vector<image::Image> Sampler::pictures(const std::vector<Latent>& latents) const {
  std::vector<image::Image> out(latents.size());
  for_each_picture(state_->g, latents.size(), [&](std::size_t i) {
    if (!latents[i].empty()) out[i] = generate_picture(state_->g, latents[i]);
  });
  return out;
}

std::vector<Latent> Sampler::directions(int count) const {
  return principal_directions(state_->g, count);
}

}  // namespace facegan::infer
