// Why no GPU is used, or not well. A machine without one is told nothing, unless it was asked for.
#include "app/train/findings.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

using core::str;
using device::CudaState;

// The first driver of a CUDA version, and the oldest GPUs that it computes on (compute capability, 75 = 7.5).
struct CudaNeeds {
  const char* driver;
  int capability;
};
CudaNeeds needs_of(int cuda) {
  if (cuda >= 13000) return {"R580", 75};
  if (cuda >= 12000) return {"R525", 50};
  return {"R450", 35};
}

std::string capability_text(int capability) {
  return str(capability / 10, '.', capability % 10);
}

// Another of the version that this program takes.
std::string take_cuda_build(const Observations& o) {
  const std::string minor = o.built_with_libtorch.substr(0, o.built_with_libtorch.rfind('.'));
  return str(
      "from a clone call scripts/facegan --cuda; else install a CUDA build of LibTorch (pip install torch==",
      minor, ".*) and set FACEGAN_LIBTORCH to its folder 'torch'");
}

bool has_hardware(const Observations& o) {
  return o.nvidia.cards > 0 || o.nvidia.device_files || !o.nvidia.kernel_driver.empty();
}

std::optional<Finding> no_driver(const Observations& o) {
  const auto& nvidia = o.nvidia;
  if (!nvidia.kernel_driver.empty() || nvidia.device_files)
    return Finding{
        false,
        str("The NVIDIA driver ", nvidia.kernel_driver, nvidia.kernel_driver.empty() ? "" : " ",
            "runs, but its library libcuda.so.1 is not here"),
        "start a container with --gpus all (which needs NVIDIA's container toolkit); on the machine "
        "itself install that library (Debian: libcuda1)"};
  if (nvidia.cards > 0)
    return Finding{
        false,
        str("This machine has ", nvidia.cards, nvidia.cards == 1 ? " NVIDIA GPU" : " NVIDIA GPUs",
            ", but no driver for it"),
        str("install NVIDIA's driver, ", needs_of(o.libtorch_cuda).driver,
            " or newer (Debian: nvidia-driver); in a container: on its host, then start the container "
            "with --gpus all")};
  if (!o.wants_gpu()) return {};
  return Finding{false, "There is no NVIDIA GPU and no driver for one",
                 nvidia.wsl
                     ? "install NVIDIA's driver in Windows, when it has such a GPU; else --device cpu or auto"
                     : "use the CPU: --device cpu or auto"};
}

std::optional<Finding> no_gpu(const Observations& o) {
  if (!has_hardware(o) && !o.wants_gpu()) return {};
  if (const auto hidden = o.environment.find("CUDA_VISIBLE_DEVICES"); hidden != o.environment.end())
    return Finding{false,
                   str("CUDA_VISIBLE_DEVICES=", core::shell_quoted(core::printable(hidden->second)),
                       " leaves no GPU that facegan may use"),
                   "unset it, or name a GPU: CUDA_VISIBLE_DEVICES=0"};
  const int error = o.cuda.driver_error;  // CUresult of cuda.h
  if (error == 802)
    return Finding{false, "The NVIDIA driver is not ready yet (error 802)",
                   "wait; machines with NVSwitch need NVIDIA's fabric manager running (systemctl status "
                   "nvidia-fabricmanager)"};
  if (error == 803 || error == 804)
    return Finding{
        false, str("The NVIDIA driver's library does not fit the driver in the kernel (error ", error, ")"),
        "after an update of the driver: restart the machine; in a container: remove its own libcuda.so.1 "
        "or cuda-compat"};
  const std::string code = error == 0 ? "" : str(" (error ", error, ")");
  if (!o.nvidia.device_files && !o.nvidia.wsl)
    return Finding{
        false, str("The NVIDIA driver finds no GPU", code, ": there is no /dev/nvidiactl here"),
        "start a container with --gpus all; on the machine itself load the driver (nvidia-smi does)"};
  return Finding{false, str("The NVIDIA driver finds no GPU", code),
                 "see what nvidia-smi says; restarting the machine helps after an update of the driver"};
}

std::optional<Finding> not_usable(const Observations& o) {
  const CudaState state = o.cuda.state;
  const std::string why = str("The GPU cannot be used: ", o.cuda.why_not);
  if (state == CudaState::no_driver) return no_driver(o);
  if (state == CudaState::no_gpu) return no_gpu(o);
  if (state == CudaState::old_driver)
    return Finding{false, why,
                   str("update the driver to ", needs_of(o.libtorch_cuda).driver,
                       " or newer, or take a LibTorch for CUDA ", o.cuda.driver / 1000,
                       ": set FACEGAN_LIBTORCH to the folder 'torch' of such a wheel")};
  if (state == CudaState::cpu_build || state == CudaState::no_libraries)
    return Finding{false, why, take_cuda_build(o)};
  if (state == CudaState::no_module)
    return Finding{
        false, why,
        "put the libfacegan_cuda.so of the same build beside the program; a build from a clone makes it "
        "with scripts/facegan --cuda"};
  if (state == CudaState::other_module)
    return Finding{false, why, "take the program and libfacegan_cuda.so from one and the same build"};
  return Finding{false, why, "see what nvidia-smi says: the GPU may be lost, taken or in another mode"};
}

}  // namespace

std::optional<Finding> gpu_finding(const Observations& o) {
  if (o.asked_device == "cpu") return {};
  if (!o.cuda.usable) {
    auto finding = not_usable(o);
    if (finding) finding->problem = o.wants_gpu();
    if (finding && !finding->problem) finding->what += "; a training uses the CPU";
    return finding;
  }
  if (!o.on_gpu()) return {};  // --device names one that is not there: that is told elsewhere
  const std::size_t index = o.config.device.size() > 5 ? std::stoul(o.config.device.substr(5)) : 0;
  const int capability = o.cuda.capabilities.at(index), least = needs_of(o.libtorch_cuda).capability;
  if (capability > 0 && capability < least)
    return Finding{true,
                   str(o.cuda.devices.at(index), " is too old (compute capability ",
                       capability_text(capability), "): CUDA ", device::cuda_version_text(o.libtorch_cuda),
                       " computes on ", capability_text(least), " and newer"),
                   "train with --device cpu, or with a LibTorch for an older CUDA (FACEGAN_LIBTORCH)"};
  if (!o.gpu_failure.empty())
    return Finding{
        true, str("The GPU cannot be used: ", o.gpu_failure),
        "see what nvidia-smi says; train with --device cuda:N on another one, or with --device cpu"};
  constexpr std::uint64_t kLittle = std::uint64_t{1} << 30;
  if (o.gpu_free_bytes < kLittle)
    return Finding{false,
                   str("Only ", core::human_bytes(o.gpu_free_bytes), " of the memory of ", o.config.device,
                       " are free: other programs use it"),
                   "nvidia-smi shows them; --device cuda:N takes another GPU"};
  return {};
}

}  // namespace facegan::app
