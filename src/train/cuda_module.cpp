// The CUDA module: everything that needs CUDA headers. Built as a shared library that the program
// opens when a GPU and LibTorch's CUDA library are there; its symbols are found in that library then.
#include "train/cuda_module.h"

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace {

auto reserved(int device) {
  return c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device))
      .reserved_bytes[0];
}

std::uint64_t peak_memory_bytes(int device) {
  return static_cast<std::uint64_t>(reserved(device).peak);
}

std::uint64_t memory_in_use_bytes(int device) {
  return static_cast<std::uint64_t>(reserved(device).current);
}

void synchronize(int device) {
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  c10::cuda::device_synchronize();
}

const FaceganCuda kModule = {kFaceganCudaVersion, peak_memory_bytes, synchronize, memory_in_use_bytes};

}  // namespace

extern "C" const FaceganCuda* facegan_cuda() {
  return &kModule;
}
