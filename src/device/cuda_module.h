#pragma once
// What the CUDA module (libfacegan_cuda.so) offers to the program, which itself knows no CUDA.
#include <ATen/core/Generator.h>

#include <cstdint>

// A recorded piece of work on the device.
struct FaceganGraph;

extern "C" {
struct FaceganCuda {
  int version;  // kFaceganCudaVersion
  std::uint64_t (*peak_memory_bytes)(int device);
  std::uint64_t (*memory_in_use_bytes)(int device);
  std::uint64_t (*free_memory_bytes)(int device);
  void (*synchronize)(int device);
  // Records what `body` does on the current stream, which must not be the default one, without doing it; the
  // graph takes its random numbers from `noise` as it is at each replay. beside: a graph whose memory it
  // shares, so that nothing either leaves there may be needed when the other is replayed; nullptr: none.
  // Throws what body throws, and what LibTorch throws when something in it cannot be recorded; `noise` is
  // then as before.
  FaceganGraph* (*record)(const at::Generator& noise, const FaceganGraph* beside, void (*body)(void*),
                          void* argument);
  void (*replay)(FaceganGraph* graph);
  void (*release)(FaceganGraph* graph);
  // Opens NCCL between `size` ranks; nullptr: built without its header. store: a
  // c10::intrusive_ptr<c10d::Store>; out: a c10::intrusive_ptr<c10d::Backend>, which is set.
  void (*open_nccl)(const void* store, int rank, int size, int device, double timeout_s, void* out);
};
// The one symbol that the program looks up.
const FaceganCuda* facegan_cuda();
}

inline constexpr int kFaceganCudaVersion = 3;

namespace facegan::device {
const FaceganCuda* cuda_module();  // nullptr before cuda_status() has found a GPU
}
