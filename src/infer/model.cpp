#include "infer/model.h"

#include "checkpoint/state.h"
#include "facegan/config/options.h"
#include "facegan/device/device.h"
#include "nn/network.h"

namespace facegan::infer {

Model load_model(const run::Loaded& loaded, const std::string& device, Player which) {
  config::Config machine;
  config::set_option(machine, *config::find_option("device"), device, "--device");
  config::Config config = loaded.config();
  config.device = machine.device;
  config.precision = "fp32";
  config.threads = 1;  // a picture to each core
  device::resolve_machine(config);
  config::Networks networks = config::build_networks(config);
  const bool g = which == Player::generator;
  auto network =
      std::make_shared<nn::Network>(g ? std::move(networks.generator) : std::move(networks.discriminator),
                                    g ? "g" : "d", at::Device(config.device));
  std::vector<checkpoint::StateTensor> tensors;
  for (const auto& t : network->tensors()) tensors.push_back({t.name, t.tensor});
  checkpoint::restore(loaded.file, loaded.path.string(), tensors, /*exact=*/false);
  device::synchronize(config.device);  // other threads will compute, on streams of their own
  return {std::move(config), std::move(network)};
}

}  // namespace facegan::infer
