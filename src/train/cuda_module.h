#pragma once
// What the CUDA module (libfacegan_cuda.so) offers to the program, which itself knows no CUDA.
#include <cstdint>

extern "C" {
struct FaceganCuda {
  int version;  // kFaceganCudaVersion
  std::uint64_t (*peak_memory_bytes)(int device);
  void (*synchronize)(int device);
  std::uint64_t (*memory_in_use_bytes)(int device);
};
// The one symbol that the program looks up.
const FaceganCuda* facegan_cuda();
}

inline constexpr int kFaceganCudaVersion = 2;
