#include "facegan/train/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <malloc.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <torch/version.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/module.h"
#include "train/cuda_module.h"

namespace facegan::train {
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

// Activations of some 30 MB come and go in every step. By default the C library gives each back to the
// system and gets it again page by page, zeroed: a fifth of the time of a step at 64x64.
void keep_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);  // never
  mallopt(M_TOP_PAD, 64 << 20);
}

int device_index(const std::string& device) {
  return device.size() > 5 ? std::stoi(device.substr(5)) : 0;
}

std::string first_line(const char* path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

int available_cores() {
  cpu_set_t set;
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  // cgroup v2: "max 100000" or "QUOTA PERIOD"; v1 has two files.
  double quota = 0, period = 0;
  std::istringstream v2(first_line("/sys/fs/cgroup/cpu.max"));
  if (!(v2 >> quota >> period)) {
    std::istringstream q(first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")),
        p(first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
    q >> quota, p >> period;
  }
  if (quota > 0 && period > 0) cores = std::min(cores, static_cast<int>(std::ceil(quota / period)));
  return std::max(cores, 1);
}

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
  if (config.precision == "auto") config.precision = cuda ? "tf32" : cpu_has_bf16() ? "bf16" : "fp32";
  if (config.precision == "tf32" && !cuda)
    throw Error(ErrorKind::usage, "precision 'tf32' is for GPUs; on the CPU use fp32 or bf16");
  if (config.precision == "bf16" && !cuda && !cpu_has_bf16())
    core::log_warning("this CPU has no bf16 instructions: fp32 would be faster than bf16");
  if (config.threads == 0) config.threads = available_cores();
  if (config.workers == 0) config.workers = std::clamp(available_cores() / 2, 1, 8);
}

void apply_machine(const config::Config& config) {
  keep_memory();
  at::set_num_threads(static_cast<int>(config.threads));
  if (!config.device.starts_with("cuda")) return;
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

std::string cpu_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return std::string(core::trim(line.substr(line.find(':') + 1)));
  return "unknown CPU";
}

bool cpu_has_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#elif defined(__aarch64__)
  return (getauxval(AT_HWCAP2) & HWCAP2_BF16) != 0;
#else
  return false;
#endif
}

std::string cpu_capability(const config::Config& config) {
  std::string level = at::get_cpu_capability();
  if (config.precision != "bf16") return level;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("amx-bf16")) return level + " AMX";
#endif
  return level + (cpu_has_bf16() ? " BF16" : "");
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::uint64_t device_peak_memory_bytes(const std::string& device) {
  return g_cuda && device.starts_with("cuda") ? g_cuda->peak_memory_bytes(device_index(device)) : 0;
}

void device_synchronize(const std::string& device) {
  if (g_cuda && device.starts_with("cuda")) g_cuda->synchronize(device_index(device));
}

}  // namespace facegan::train
