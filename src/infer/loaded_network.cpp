#include "infer/loaded_network.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "checkpoint/state.h"
#include "facegan/config/options.h"
#include "facegan/device/device.h"
#include "facegan/machine/processor.h"
#include "facegan/machine/workers.h"

namespace facegan::infer {

LoadedNetwork load_network(const run::Loaded& loaded, const std::string& device, WhichNetwork which) {
  config::Config machine;
  config::set_option(machine, *config::find_option("device"), device, "--device");
  config::Config config = loaded.config();
  config.device = machine.device;
  config.precision = "fp32";
  config.threads = 1;  // a picture to each core
  device::resolve_machine(config);
  device::apply_machine(config);
  config::Networks networks = config::build_networks(config);
  const bool g = which == WhichNetwork::generator;
  nn::Network network(g ? std::move(networks.generator) : std::move(networks.discriminator), g ? "g" : "d",
                      at::Device(config.device));
  std::vector<checkpoint::StateTensor> tensors;
  for (const auto& t : network.tensors()) tensors.push_back({t.name, t.tensor});
  checkpoint::restore(loaded.file, loaded.path.string(), tensors, /*exact=*/false);
  return {std::move(config), std::move(network)};
}

void for_each_picture(const nn::Network& network, std::size_t count,
                      const std::function<void(std::size_t)>& work) {
  const auto workers = network.device().is_cuda() ? 1 : static_cast<std::size_t>(machine::available_cores());
  machine::for_each_index(count, static_cast<int>(std::min(workers, count)), [&](std::size_t i) {
    at::set_num_threads(1);  // of this thread
    work(i);
    return true;
  });
}

}  // namespace facegan::infer
