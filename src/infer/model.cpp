#include "infer/model.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <future>
#include <system_error>

#include "checkpoint/state.h"
#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/device/device.h"
#include "facegan/machine/processor.h"
#include "facegan/machine/workers.h"
#include "nn/network.h"

namespace facegan::infer {
namespace {

using SetThreads = void (*)(int);

// In what LibTorch is linked to.
SetThreads find_in_libtorch(const char* name) {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&at::init_num_threads), &info) == 0) return nullptr;
  void* library = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  if (!library) return nullptr;
  const auto found = reinterpret_cast<SetThreads>(dlsym(library, name));
  dlclose(library);  // LibTorch stays: this program is linked to it
  return found;
}

// Lets this thread compute without others. at::set_num_threads(1) does so, too, but also sets how many
// threads the process's later threads begin with: of what it calls, these act on one thread alone.
void compute_alone() {
  static const SetThreads openmp = find_in_libtorch("omp_set_num_threads"),
                          mkl = find_in_libtorch("MKL_Set_Num_Threads_Local");
  at::get_num_threads();  // LibTorch sets up a thread at the first question
  if (openmp) openmp(1);
  if (mkl) mkl(1);
  if (at::get_num_threads() != 1) at::set_num_threads(1);  // a LibTorch without OpenMP has no other way
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
  auto network =
      std::make_shared<nn::Network>(g ? std::move(networks.generator) : std::move(networks.discriminator),
                                    mean ? "mean.g"
                                    : g  ? "g"
                                         : "d",
                                    at::Device(config.device));
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

void compute_each(const nn::Network& network, std::size_t count,
                  const std::function<void(std::size_t)>& work) {
  compute_each(network.device().str(), count, work);
}

void compute_each(const std::string& device, std::size_t count,
                  const std::function<void(std::size_t)>& work) {
  device::synchronize(device);  // what wrote the tensors may be on another stream
  const auto cores = device.starts_with("cuda") ? 1 : static_cast<std::size_t>(machine::available_cores());
  const auto compute = [&] {
    machine::for_each_index(count, static_cast<int>(std::min(cores, count)), [&](std::size_t i) {
      compute_alone();
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
