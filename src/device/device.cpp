#include "facegan/device/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <malloc.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdlib>

#include "device/cuda_module.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/module.h"
#include "facegan/machine/memory.h"
#include "facegan/machine/processor.h"

namespace facegan::device {
namespace {

using core::str;
const FaceganCuda* g_cuda = nullptr;

// The folder of the library that holds `symbol`.
core::fs::path folder_of(const void* symbol) {
  Dl_info info{};
  if (dladdr(symbol, &info) == 0 || !info.dli_fname) return {};
  return core::fs::canonical(info.dli_fname).parent_path();
}

// GPU names by the driver itself, before anything of CUDA is loaded: costs little where there is none.
std::vector<std::string> driver_devices(std::string& why_not) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) {
    why_not = "there is no NVIDIA driver";
    return {};
  }
  auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  auto count = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  auto name = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
  int n = 0;
  if (!init || !count || !name || init(0) != 0 || count(&n) != 0 || n == 0) {
    why_not = "the NVIDIA driver finds no GPU";
    return {};
  }
  std::vector<std::string> names;
  for (int i = 0; i < n; ++i) {
    char text[256] = "";
    if (name(text, sizeof text, i) == 0) names.emplace_back(text);
  }
  return names;
}

CudaStatus find_cuda() {
  CudaStatus status;
  status.devices = driver_devices(status.why_not);
  if (status.devices.empty()) return status;
  const auto torch = folder_of(reinterpret_cast<const void*>(&at::init_num_threads));
  if (!dlopen((torch / "libtorch_cuda.so").c_str(), RTLD_NOW | RTLD_GLOBAL)) {
    status.why_not = str("LibTorch's CUDA library cannot be loaded: ", dlerror());
    return status;
  }
  const auto entry =
      reinterpret_cast<decltype(&facegan_cuda)>(core::module_symbol("libfacegan_cuda.so", "facegan_cuda"));
  if (entry && entry()->version == kFaceganCudaVersion) g_cuda = entry();
  if (!g_cuda) {
    status.why_not = "facegan's CUDA module is missing or does not fit (built without CUDA headers?)";
    return status;
  }
  if (!at::globalContext().hasCUDA()) {
    status.why_not = "LibTorch's CUDA library finds no usable GPU (driver too old?)";
    return status;
  }
  status.usable = true;
  return status;
}

int device_index(const std::string& device) {
  return device.size() > 5 ? std::stoi(device.substr(5)) : 0;
}

}  // namespace

const CudaStatus& cuda_status() {
  static const CudaStatus status = find_cuda();
  return status;
}

void resolve_machine(config::Config& config) {
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
  if (config.threads == 0) config.threads = machine::available_cores();
  if (config.workers == 0) config.workers = std::clamp(machine::available_cores() / 2, 1, 8);
}

void keep_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);  // never
  mallopt(M_TOP_PAD, 64 << 20);
}

void apply_machine(const config::Config& config) {
  keep_memory();
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

std::string libtorch_version() {
  return TORCH_VERSION;
}

std::uint64_t peak_memory_bytes(const std::string& device) {
  return g_cuda && device.starts_with("cuda") ? g_cuda->peak_memory_bytes(device_index(device)) : 0;
}

std::uint64_t free_memory_bytes(const std::string& device) {
  return g_cuda && device.starts_with("cuda") ? g_cuda->free_memory_bytes(device_index(device)) : 0;
}

std::uint64_t memory_in_use_bytes(const std::string& device) {
  if (g_cuda && device.starts_with("cuda")) return g_cuda->memory_in_use_bytes(device_index(device));
  return machine::resident_memory_bytes();
}

const FaceganCuda* cuda_module() {
  return g_cuda;
}

void synchronize(const std::string& device) {
  if (g_cuda && device.starts_with("cuda")) g_cuda->synchronize(device_index(device));
}

}  // namespace facegan::device
