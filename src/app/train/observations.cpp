#include "app/train/observations.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/data/place.h"
#include "facegan/machine/memory.h"
#include "facegan/machine/processor.h"
#include "facegan/train/cost.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;

// Those that change what a training does, or which GPUs it sees. OMP_NUM_THREADS and MKL_NUM_THREADS do not:
// apply_machine() sets the number.
constexpr const char* kVariables[] = {"ATEN_CPU_CAPABILITY", "CUDA_VISIBLE_DEVICES", "GOMP_CPU_AFFINITY",
                                      "GOMP_SPINCOUNT",      "OMP_PLACES",           "OMP_PROC_BIND",
                                      "OMP_WAIT_POLICY"};

// The folder, or the nearest above it that exists.
Place place_of(const fs::path& path) {
  Place place{.path = path};
  std::error_code error;
  fs::path there = fs::absolute(path, error);
  while (!fs::exists(there, error) && there.has_relative_path()) there = there.parent_path();
  try {
    if (!fs::is_directory(there, error))
      throw Error(ErrorKind::io, str(core::printable(there.string()), " is not a folder"));
    place.free_bytes = core::free_disk_bytes(there);
    place.file_system = machine::file_system(there);
    place.bytes_per_s = machine::write_rate(there);
  } catch (const Error& failed) {
    place.failure = failed.what();
  }
  return place;
}

// What `facegan train` makes of the environment and the machine.
void settle(Observations& o, const std::string& device) {
  config::Request request;
  if (!device.empty()) request.flags.push_back({"device", device, "flag --device"});
  const char* const nothing[] = {nullptr};
  o.config = config::resolve(request, nothing).config;  // what the flag says is the caller's to mend
  try {
    o.config = config::resolve(request, environ).config;
  } catch (const Error& error) {
    o.refusal = error.what();
  }
  o.asked_device = o.config.device;
  try {
    device::resolve_machine(o.config);
  } catch (const Error& error) {
    if (o.refusal.empty()) o.refusal = error.what();
    o.config.device = "cpu", o.config.precision = "auto";
    device::resolve_machine(o.config);
  }
  const auto networks = config::build_networks(o.config);
  // Adam keeps two numbers for each parameter.
  const std::int64_t mean = o.config.ema == "off" ? 0 : networks.generator.total();
  const std::int64_t numbers = 3 * (networks.generator.total() + networks.discriminator.total()) + mean;
  o.checkpoint_bytes = static_cast<std::uint64_t>(numbers) * sizeof(float);
  o.run_bytes = train::estimated_disk_bytes(o.config, o.config.epochs,
                                            static_cast<std::size_t>(o.config.keep) + 1, o.checkpoint_bytes);
}

// Of a run: compute threads of the forward passes, those of the backward passes, those that read pictures,
// and one each that writes checkpoints and packs pictures; CUDA has some of its own.
int threads_of(const Observations& o) {
  return static_cast<int>(2 * (o.config.threads - 1) + o.config.workers) + 2 + (o.on_gpu() ? 8 : 0);
}

}  // namespace

Observations observe(const std::string& device) {
  Observations o;
  settle(o, device);
  const fs::path place =
      o.config.data.empty() ? data::usual_place(o.config.dataset) : fs::path(o.config.data);
  if (o.config.dataset != "faces" && !data::names_something(place))
    o.missing_data = core::printable(place.string());
  o.handles = machine::file_handles();
  o.libtorch = device::libtorch_version(), o.built_with_libtorch = device::built_with_libtorch();
  o.libtorch_cuda = device::libtorch_cuda();
  if (o.asked_device != "cpu") o.cuda = device::cuda_status();
  if (o.on_gpu()) {
    try {
      o.gpu_free_bytes = device::free_memory_bytes(o.config.device);
    } catch (const std::exception& error) {  // of LibTorch
      const std::string what = error.what();
      o.gpu_failure = core::printable(what.substr(0, what.find('\n')));
    }
  }
  o.nvidia = machine::nvidia_traces();
  o.cpu = machine::cpu_name();
  o.instructions = device::cpu_capability({.precision = machine::cpu_has_bf16() ? "bf16" : "fp32"});
  o.cores = machine::available_cores(), o.affinity_cores = machine::affinity_cores();
  o.machine_cores = machine::machine_cores(), o.cpu_quota = machine::cpu_quota();
  o.memory_bytes = machine::usable_memory_bytes(), o.machine_memory_bytes = machine::machine_memory_bytes();
  o.address_space_bytes = machine::address_space_limit();
  o.threads_wanted = threads_of(o), o.threads_started = machine::threads_to_be_had(o.threads_wanted);
  o.runs = place_of(o.config.out.empty() ? "runs" : o.config.out);
  o.cache = place_of(core::cache_folder());
  for (const char* name : kVariables)
    if (const char* value = std::getenv(name)) o.environment[name] = value;
  return o;
}

}  // namespace facegan::app
