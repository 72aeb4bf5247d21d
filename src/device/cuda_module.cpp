// The CUDA module: everything that needs CUDA headers. Built as a shared library that the program
// opens when a GPU and LibTorch's CUDA library are there; its symbols are found in that library then.
#include "device/cuda_module.h"

#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <memory>

#ifdef USE_C10D_NCCL
namespace facegan::device {
void open_nccl(const void* store, int rank, int size, int device, double timeout_s, void* out);
}
#endif

struct FaceganGraph {
  at::cuda::CUDAGraph graph;
  at::cuda::MempoolId_t pool{};  // of memory that no one else is given
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

template <class Action>
bool succeeds(Action action) {
  try {
    action();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// After a recording that failed. LibTorch then leaves the stream recording, its allocators waiting for the
// recording's end and its generators taking part in it, or not, by where it failed.
void give_up(FaceganGraph& recorded, c10::DeviceIndex device, int users_before, at::Generator noise) {
  at::HostAllocator* const pinned = at::getHostAllocator(at::kCUDA);
  succeeds([&] { recorded.graph.capture_end(); });
  succeeds([&] { Allocator::endAllocateToPool(device, recorded.pool); });
  succeeds([&] { pinned->end_allocate_to_pool(recorded.pool); });
  // A graph that has come to its end gives its memory back itself, and only such a one tells its pool.
  const bool ended = succeeds([&] { recorded.graph.pool(); });
  int users = users_before;
  succeeds([&] { users = Allocator::getPoolUseCount(device, recorded.pool); });  // throws of an unknown pool
  if (!ended && users > users_before) {
    succeeds([&] { Allocator::releasePool(device, recorded.pool); });
    succeeds([&] { pinned->release_pool(recorded.pool); });
  }
  // A copy of its state takes part in nothing.
  at::Generator standard = at::cuda::detail::getDefaultCUDAGenerator(device);
  for (at::Generator* generator : {&standard, &noise})
    succeeds([&] { generator->graphsafe_set_state(generator->clone()); });
}

FaceganGraph* record(const at::Generator& noise, const FaceganGraph* beside, void (*body)(void*),
                     void* argument) {
  const c10::DeviceIndex device = c10::cuda::current_device();
  auto recorded = std::make_unique<FaceganGraph>();
  recorded->pool = beside ? beside->pool : at::cuda::graph_pool_handle();
  const int users = beside ? Allocator::getPoolUseCount(device, recorded->pool) : 0;
  recorded->graph.register_generator_state(noise);
  // A graph's memory is its own: what steps before it have used goes back first.
  Allocator::emptyCache();
  try {
    // Other threads may do as they like: those of the loader do nothing on the device, that of the backward
    // passes works for this recording.
    recorded->graph.capture_begin(recorded->pool, cudaStreamCaptureModeThreadLocal);
    body(argument);
    recorded->graph.capture_end();
  } catch (...) {
    give_up(*recorded, device, users, noise);
    throw;
  }
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
                             release,
#ifdef USE_C10D_NCCL
                             facegan::device::open_nccl
#else
                             nullptr
#endif
};

}  // namespace

extern "C" const FaceganCuda* facegan_cuda() {
  return &kModule;
}
