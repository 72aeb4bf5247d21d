// The CUDA module: everything that needs CUDA headers. Built as a shared library that the program
// opens when a GPU and LibTorch's CUDA library are there; its symbols are found in that library then.
#include "train/cuda_module.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <memory>

struct FaceganGraph {
  at::cuda::CUDAGraph graph;
};

namespace {

namespace Allocator = c10::cuda::CUDACachingAllocator;

c10::DeviceIndex index(int device) {
  return static_cast<c10::DeviceIndex>(device);
}

auto reserved(int device) {
  return Allocator::getDeviceStats(index(device)).reserved_bytes[0];
}

std::uint64_t peak_memory_bytes(int device) {
  return static_cast<std::uint64_t>(reserved(device).peak);
}

std::uint64_t memory_in_use_bytes(int device) {
  return static_cast<std::uint64_t>(reserved(device).current);
}

std::uint64_t free_memory_bytes(int device) {
  return Allocator::get()->getMemoryInfo(index(device)).first;
}

void synchronize(int device) {
  const c10::cuda::CUDAGuard guard(index(device));
  c10::cuda::device_synchronize();
}

FaceganGraph* record(const at::Generator& noise, const FaceganGraph* beside, void (*body)(void*),
                     void* argument) {
  auto recorded = std::make_unique<FaceganGraph>();
  recorded->graph.register_generator_state(noise);
  // A graph's memory is its own: what steps before it have used goes back first.
  Allocator::emptyCache();
  // Other threads may do as they like: those of the loader do nothing on the device, that of the backward
  // passes works for this recording.
  recorded->graph.capture_begin(
      beside ? const_cast<FaceganGraph*>(beside)->graph.pool() : at::cuda::MempoolId_t{0, 0},
      cudaStreamCaptureModeThreadLocal);
  try {
    body(argument);
  } catch (...) {
    try {
      recorded->graph.capture_end();
    } catch (...) {  // of a recording that is broken; what broke it is told
    }
    throw;
  }
  recorded->graph.capture_end();
  return recorded.release();
}

void replay(FaceganGraph* graph) {
  graph->graph.replay();
}

void release(FaceganGraph* graph) {
  delete graph;
}

const FaceganCuda kModule = {kFaceganCudaVersion,
                             peak_memory_bytes,
                             memory_in_use_bytes,
                             free_memory_bytes,
                             synchronize,
                             record,
                             replay,
                             release};

}  // namespace

extern "C" const FaceganCuda* facegan_cuda() {
  return &kModule;
}
