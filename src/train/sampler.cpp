#include "facegan/train/sampler.h"

#include <ATen/Parallel.h>

#include "checkpoint/state.h"
#include "data/workers.h"
#include "facegan/checkpoint/run_folder.h"
#include "facegan/config/options.h"
#include "facegan/train/device.h"
#include "train/directions.h"
#include "train/pictures.h"

namespace facegan::train {

struct Sampler::State {
  config::Config config;
  std::string path, hash;
  nn::Network g;
};

Sampler::Sampler(const std::string& run_or_file, const std::string& device) {
  config::Config machine;
  config::set_option(machine, *config::find_option("device"), device, "--device");
  const checkpoint::Loaded loaded = checkpoint::load_from(run_or_file);
  config::Config config = loaded.config();
  config.device = machine.device;
  config.precision = "fp32";
  config.threads = 1;
  resolve_machine(config);
  apply_machine(config);
  nn::Network g(config::build_networks(config).generator, "g", at::Device(config.device));
  std::vector<checkpoint::StateTensor> tensors;
  for (const auto& t : g.tensors()) tensors.push_back({t.name, t.tensor});
  checkpoint::restore(loaded.file, loaded.path.string(), tensors, /*exact=*/false);
  state_ = std::make_unique<State>(State{config, loaded.path.string(), loaded.text(core::kChecksumKey), std::move(g)});
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
  const int workers = state_->g.device().is_cuda() ? 1 : available_cores();
  data::for_each_index(latents.size(), workers, [&](std::size_t i) {
    at::set_num_threads(1);  // of this thread
    if (!latents[i].empty()) out[i] = generate_picture(state_->g, latents[i]);
    return true;
  });
  return out;
}

std::vector<Latent> Sampler::directions(int count) const {
  return principal_directions(state_->g, count);
}

}  // namespace facegan::train
