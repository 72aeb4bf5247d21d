// NCCL between ranks: the part of the CUDA module that needs its header.
#include <c10/cuda/CUDAGuard.h>

#include <chrono>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

namespace facegan::device {

void open_nccl(const void* store, int rank, int size, int device, double timeout_s, void* out) {
  using Nccl = c10d::ProcessGroupNCCL;
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
