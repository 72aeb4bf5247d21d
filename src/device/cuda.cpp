// The way to CUDA: driver, LibTorch's libraries, facegan's module; nothing of it is linked.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <caffe2/core/common.h>
#include <dlfcn.h>
#include <torch/version.h>

#include "device/cuda_module.h"
#include "facegan/core/files.h"
#include "facegan/core/module.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"

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

core::fs::path cuda_library() {
  return folder_of(reinterpret_cast<const void*>(&at::init_num_threads)) / "libtorch_cuda.so";
}

// Of the build that this LibTorch is; "" for one that it does not tell.
std::string build_option(const std::string& key) {
  const auto& options = caffe2::GetBuildOptions();
  const auto found = options.find(key);
  return found == options.end() ? "" : found->second;
}

void say_not(CudaStatus& status, CudaState state, const std::string& why) {
  status.state = state, status.why_not = why;
}

// What the driver itself tells, before anything of CUDA is loaded: costs little where there is none.
void ask_driver(CudaStatus& status) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) return say_not(status, CudaState::no_driver, "there is no NVIDIA driver");
  auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  auto version = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDriverGetVersion"));
  auto count = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  auto name = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
  auto attribute = reinterpret_cast<int (*)(int*, int, int)>(dlsym(driver, "cuDeviceGetAttribute"));
  int n = 0;
  if (version) version(&status.driver);  // before cuInit, too
  if (init) status.driver_error = init(0);
  if (!init || !count || !name || status.driver_error != 0 || count(&n) != 0 || n == 0)
    return say_not(status, CudaState::no_gpu, "the NVIDIA driver finds no GPU");
  for (int i = 0; i < n; ++i) {
    char text[256] = "";
    if (name(text, sizeof text, i) != 0) continue;
    int major = 0, minor = 0;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR
    if (attribute) attribute(&major, 75, i), attribute(&minor, 76, i);
    status.devices.emplace_back(text);
    status.capabilities.push_back(10 * major + minor);
  }
}

CudaStatus find_cuda() {
  CudaStatus status;
  ask_driver(status);
  if (status.devices.empty()) return status;
  const auto refuse = [&](CudaState state, const std::string& why) {
    say_not(status, state, why);
    return status;
  };
  const int wanted = libtorch_cuda();
  if (wanted == 0) return refuse(CudaState::cpu_build, "this LibTorch is for the CPU alone");
  // Of the same major version any driver will do.
  if (status.driver / 1000 < wanted / 1000)
    return refuse(CudaState::old_driver,
                  str("the NVIDIA driver is for CUDA ", cuda_version_text(status.driver),
                      ", too old for this LibTorch's CUDA ", cuda_version_text(wanted)));
  if (!dlopen(cuda_library().c_str(), RTLD_NOW | RTLD_GLOBAL))
    return refuse(CudaState::no_libraries, str("LibTorch's CUDA library cannot be loaded: ", dlerror()));
  const auto entry =
      reinterpret_cast<decltype(&facegan_cuda)>(core::module_symbol("libfacegan_cuda.so", "facegan_cuda"));
  if (!entry)
    return refuse(CudaState::no_module, "facegan's CUDA module is missing (built without CUDA headers?)");
  if (entry()->version != kFaceganCudaVersion)
    return refuse(CudaState::other_module, str("facegan's CUDA module is of version ", entry()->version,
                                               ", this program needs ", kFaceganCudaVersion));
  g_cuda = entry();
  if (!at::globalContext().hasCUDA())
    return refuse(CudaState::refused, "LibTorch's CUDA library finds no usable GPU");
  status.usable = true, status.state = CudaState::usable;
  return status;
}

}  // namespace

const CudaStatus& cuda_status() {
  static const CudaStatus status = find_cuda();
  return status;
}

const FaceganCuda* cuda_module() {
  return g_cuda;
}

std::string libtorch_version() {
  const std::string told = build_option("TORCH_VERSION");
  return told.empty() ? TORCH_VERSION : told;
}

std::string built_with_libtorch() {
  return TORCH_VERSION;
}

int libtorch_cuda() {
  std::error_code error;
  if (!core::fs::exists(cuda_library(), error)) return 0;  // a part of a CUDA build is all that is here
  const auto parts = core::split(build_option("CUDA_VERSION"), '.');
  std::int64_t major = 0, minor = 0;
  if (parts.size() < 2 || !core::parse_integer(parts[0], major) || !core::parse_integer(parts[1], minor))
    return 0;
  return static_cast<int>(1000 * major + 10 * minor);
}

std::string cuda_version_text(int version) {
  return str(version / 1000, '.', version % 1000 / 10);
}

}  // namespace facegan::device
