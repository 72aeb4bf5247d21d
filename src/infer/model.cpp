#include "infer/model.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <future>
#include <system_error>

#include "checkpoint/state.h"
#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "facegan/device/threads.h"
#include "facegan/machine/memory.h"
#include "facegan/machine/processor.h"
#include "facegan/machine/workers.h"
#include "nn/network.h"

namespace facegan::infer {

namespace {

std::uint64_t bytes_of(std::int64_t numbers) {
  return static_cast<std::uint64_t>(numbers) * 4;
}

// A checkpoint of a few bytes can ask for activations of any size.
void check_memory(const spec::Network& network, const std::string& path) {
  const std::uint64_t bytes = bytes_of(network.peak() + network.total()),
                      most = machine::usable_memory_bytes() / 4;
  if (bytes > most)
    throw Error(ErrorKind::checkpoint,
                core::str(core::printable(path), ": its ", network.name, " needs ", core::human_bytes(bytes),
                          " for one picture, more than a quarter of this machine's memory (",
                          core::human_bytes(most), ")"));
}

}  // namespace

Model load_model(const run::Loaded& loaded, const std::string& device, Player which, Weights weights) {
  config::Config machine;
  config::set_option(machine, *config::find_option("device"), device, "--device");
  config::Config config = loaded.config();
  config.device = machine.device;
  config.precision = "fp32";
  config.threads = 1;  // a picture to each core
  device::resolve_machine(config);
  config::Networks networks = config::build_networks(config);
  const bool g = which == Player::generator;
  const bool mean = g && weights == Weights::mean && config::parse_half_life(config.ema) > 0;
  const char* prefix = mean ? "mean.g" : g ? "g" : "d";
  spec::Network& wanted = g ? networks.generator : networks.discriminator;
  checkpoint::check_shapes(loaded.file, loaded.path.string(), checkpoint::shapes_of(wanted, prefix));
  if (!config.device.starts_with("cuda"))
    check_memory(wanted, loaded.path.string());  // it tells itself, at once
  auto network = std::make_shared<nn::Network>(std::move(wanted), prefix, at::Device(config.device));
  std::vector<checkpoint::StateTensor> tensors;
  for (const auto& t : network->tensors()) tensors.push_back({t.name, t.tensor});
  checkpoint::restore(loaded.file, loaded.path.string(), tensors, /*exact=*/false);
  return {std::move(config), std::move(network), mean ? Weights::mean : Weights::raw};
}

bool compares_pictures(const nn::Network& network) {
  bool compares = false;
  spec::for_each_layer(network.spec().layers, [&](const spec::Layer& layer) {
    compares = compares || std::string(layer.kind->name) == "minibatch_stddev";
  });
  return compares;
}

void compute_each(const nn::Network& network, std::size_t count, const std::function<void(std::size_t)>& work,
                  std::size_t pictures_each) {
  const std::uint64_t each = std::max<std::uint64_t>(bytes_of(network.spec().peak()) * pictures_each, 1),
                      at_once = std::max<std::uint64_t>(machine::usable_memory_bytes() / 2 / each, 1);
  compute_each(network.device().str(), count, work, at_once);
}

void compute_each(const std::string& device, std::size_t count, const std::function<void(std::size_t)>& work,
                  std::size_t at_once) {
  device::synchronize(device);  // what wrote the tensors may be on another stream
  const auto cores = device.starts_with("cuda") ? 1 : static_cast<std::size_t>(machine::available_cores());
  const auto compute = [&] {
    machine::for_each_index(count, static_cast<int>(std::min({cores, count, at_once})), [&](std::size_t i) {
      device::compute_alone();
      work(i);
      return true;
    });
  };
  std::future<void> all;
  try {
    all = std::async(std::launch::async, compute);
  } catch (const std::system_error&) {
    throw Error(ErrorKind::memory,
                "no thread can be started: the limit of processes or of memory is reached");
  }
  all.get();
}

}  // namespace facegan::infer
