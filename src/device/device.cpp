#include "facegan/device/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>

#include "device/cuda_module.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/machine/limits.h"
#include "facegan/machine/memory.h"
#include "facegan/machine/processor.h"

namespace facegan::device {
namespace {

using core::str;

// nullptr on the CPU
const FaceganCuda* module_of(const std::string& device) {
  return device.starts_with("cuda") ? cuda_module() : nullptr;
}

}  // namespace

int device_index(const std::string& device) {
  return device.size() > 5 ? std::stoi(device.substr(5)) : 0;
}

void resolve_machine(config::Config& config, int shared_by) {
  if (config.device == "auto") config.device = cuda_status().usable ? "cuda" : "cpu";
  const bool cuda = config.device.starts_with("cuda");
  if (cuda) {
    if (!cuda_status().usable)
      throw Error(ErrorKind::usage,
                  str("no device '", config.device, "': ", cuda_status().why_not, "; use --device cpu"));
    if (device_index(config.device) >= static_cast<int>(cuda_status().devices.size()))
      throw Error(ErrorKind::usage, str("no device '", config.device, "': this machine has ",
                                        cuda_status().devices.size(), " (cuda:0 ...)"));
  }
  if (config.precision == "auto")
    config.precision = cuda ? "tf32" : machine::cpu_has_bf16() ? "bf16" : "fp32";
  if (config.precision == "tf32" && !cuda)
    throw Error(ErrorKind::usage, "precision 'tf32' is for GPUs; on the CPU use fp32 or bf16");
  if (config.precision == "bf16" && !cuda && !machine::cpu_has_bf16())
    core::log_warning("this CPU has no bf16 instructions: fp32 would be faster than bf16");
  const int cores = std::max(machine::available_cores() / shared_by, 1);
  if (config.threads == 0) config.threads = cores;
  if (config.workers == 0) config.workers = std::clamp(cores / 2, 1, 8);
}

void keep_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);  // never
  mallopt(M_TOP_PAD, 64 << 20);
}

namespace {

// OpenMP waits for ever for a thread that does not start, or ends the program.
void check_threads(const config::Config& config) {
  static std::int64_t there_before = 0;  // threads that OpenMP has already, once a step was taken
  const auto wanted =
      static_cast<int>(std::max<std::int64_t>(config.threads - 1 - there_before, 0) + config.workers);
  if (const int there = machine::threads_to_be_had(wanted); there < wanted)
    throw Error(ErrorKind::memory, str("only ", there, " of the ", wanted, " threads for --threads ",
                                       config.threads, " and --workers ", config.workers, " can be started: ",
                                       machine::kNoMoreThreads, "; take fewer, or raise it"));
  there_before = std::max(there_before, config.threads - 1);
}

}  // namespace

void apply_machine(const config::Config& config) {
  keep_memory();
  check_threads(config);
  at::set_num_threads(static_cast<int>(config.threads));
  if (!config.device.starts_with("cuda")) return;
  // Nothing can be recorded on the default stream.
  const c10::impl::VirtualGuardImpl streams(c10::DeviceType::CUDA);
  const c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device_index(config.device)));
  streams.setDevice(device);
  if (streams.getStream(device) == streams.getDefaultStream(device))
    streams.exchangeStream(streams.getStreamFromGlobalPool(device));
  auto& context = at::globalContext();
  const bool tf32 = config.precision == "tf32";
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);
  context.setBenchmarkCuDNN(!config.deterministic);
  context.setDeterministicCuDNN(config.deterministic);
  // cuBLAS needs it for equal results (its manual, "Results reproducibility"); LibTorch refuses to go on
  // without.
  if (config.deterministic) setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  context.setDeterministicAlgorithms(config.deterministic, false);
}

std::string cpu_capability(const config::Config& config) {
  std::string level = at::get_cpu_capability();
  if (config.precision != "bf16") return level;
  if (machine::cpu_has_amx()) return level + " AMX";
  return level + (machine::cpu_has_bf16() ? " BF16" : "");
}

std::uint64_t peak_memory_bytes(const std::string& device) {
  const FaceganCuda* cuda = module_of(device);
  return cuda ? cuda->peak_memory_bytes(device_index(device)) : 0;
}

std::uint64_t free_memory_bytes(const std::string& device) {
  const FaceganCuda* cuda = module_of(device);
  return cuda ? cuda->free_memory_bytes(device_index(device)) : 0;
}

std::uint64_t memory_in_use_bytes(const std::string& device) {
  if (const FaceganCuda* cuda = module_of(device)) return cuda->memory_in_use_bytes(device_index(device));
  return machine::resident_memory_bytes();
}

void synchronize(const std::string& device) {
  if (const FaceganCuda* cuda = module_of(device)) cuda->synchronize(device_index(device));
}

}  // namespace facegan::device
