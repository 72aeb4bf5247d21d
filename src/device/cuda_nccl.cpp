// NCCL between ranks: the part of the CUDA module that needs its header.
#include <c10/cuda/CUDAGuard.h>
#include <torch/csrc/cuda/nccl.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

namespace facegan::device {

void open_nccl(const void* store, int rank, int size, int device, double timeout_s, void* out) {
  using Nccl = c10d::ProcessGroupNCCL;
  // Parts of the group are laid out by the header.
  const auto running = torch::cuda::nccl::version();
  if (running >> 32 != NCCL_MAJOR || (running >> 16 & 0xffff) != NCCL_MINOR)
    throw std::runtime_error(
        "facegan was built with another version of NCCL's header than this LibTorch has inside");
  // Lost ranks are noticed and told elsewhere; LibTorch's own watch would abort the process.
  ::setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", 1);
  const auto index = static_cast<c10::DeviceIndex>(device);
  const c10::cuda::CUDAGuard guard(index);
  auto options = Nccl::Options::create();
  options->timeout = std::chrono::milliseconds(static_cast<std::int64_t>(1000 * timeout_s));
  auto group = c10::make_intrusive<Nccl>(*static_cast<const c10::intrusive_ptr<c10d::Store>*>(store), rank,
                                         size, options);
  group->setBoundDeviceId(at::Device(at::kCUDA, index));
  *static_cast<c10::intrusive_ptr<c10d::Backend>*>(out) = std::move(group);
}

}  // namespace facegan::device
