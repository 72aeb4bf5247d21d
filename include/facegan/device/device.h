#pragma once
// The machine under a run: devices, threads, arithmetic. Free of LibTorch types.
#include <cstdint>
#include <string>
#include <vector>

#include "facegan/config/config.h"

namespace facegan::device {

struct CudaStatus {
  bool usable = false;
  std::vector<std::string> devices;  // names
  std::string why_not;               // one line when not usable
};
// Looks for a driver and a GPU; loads LibTorch's CUDA library and facegan's CUDA module at the first
// call that finds one.
const CudaStatus& cuda_status();

// Replaces `auto` (device, precision) and 0 (threads, workers) by what this machine gives.
// Error(usage) for a device that is not there.
void resolve_machine(config::Config& config);
// Lets the process keep the memory that it frees. Activations of some 30 MB come and go in every step. By
// default the C library gives each back to the system and gets it again page by page, zeroed: a fifth of the
// time of a step at 64x64, and of that of a picture at 256x256.
void keep_memory();
// Memory, threads, TF32, determinism: call before the first tensor of a run. config must be resolved.
void apply_machine(const config::Config& config);

// The instruction level that computes a run of this precision: "AVX2", "AVX512", "AVX512 BF16", ...
std::string cpu_capability(const config::Config& config);
std::string libtorch_version();                              // "2.11.0"
std::uint64_t peak_memory_bytes(const std::string& device);  // of the GPU; 0 on the CPU
std::uint64_t free_memory_bytes(const std::string& device);  // likewise
// In use now: of the GPU by this process, as LibTorch holds it; on the CPU resident memory.
std::uint64_t memory_in_use_bytes(const std::string& device);
void synchronize(const std::string& device);  // waits for the GPU; nothing on the CPU

}  // namespace facegan::device
