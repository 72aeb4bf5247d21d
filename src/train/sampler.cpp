#include "facegan/train/sampler.h"

#include "train/loaded_network.h"
#include "train/pictures.h"

namespace facegan::train {

struct Sampler::State {
  config::Config config;
  std::string path;
  nn::Network g;
};

Sampler::Sampler(const std::string& run_or_file, const std::string& device)
    : Sampler(checkpoint::load_from(run_or_file), device) {}

Sampler::Sampler(const checkpoint::Loaded& loaded, const std::string& device) {
  LoadedNetwork found = load_network(loaded, device, WhichNetwork::generator);
  state_ =
      std::make_unique<State>(State{std::move(found.config), loaded.path.string(), std::move(found.network)});
}

Sampler::~Sampler() = default;
const config::Config& Sampler::config() const {
  return state_->config;
}
const std::string& Sampler::checkpoint_path() const {
  return state_->path;
}

std::vector<float> Sampler::latent(std::uint64_t seed, std::uint64_t index) const {
  return draw_latent(seed, core::Purpose::sample, index, state_->config.z);
}

image::Image Sampler::picture(std::span<const float> z) const {
  return generate_picture(state_->g, z);
}

}  // namespace facegan::train
