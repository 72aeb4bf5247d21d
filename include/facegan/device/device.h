#pragma once
// The machine under a run: devices, threads, arithmetic. Free of LibTorch types.
#include <cstdint>
#include <string>
#include <vector>

#include "facegan/config/config.h"

namespace facegan::device {

enum class CudaState {
  usable,
  no_driver,
  no_gpu,        // that the driver would give to this process
  old_driver,    // older than LibTorch's CUDA
  cpu_build,     // LibTorch has no CUDA back end
  no_libraries,  // ... has one, which needs what is not there
  no_module,     // facegan's own part is not there or cannot be loaded
  other_module,  // ... is that of another facegan
  refused,       // LibTorch finds no GPU where the driver does
};
struct CudaStatus {
  bool usable = false;
  std::vector<std::string> devices;  // names
  std::string why_not;               // one line when not usable
  CudaState state = CudaState::no_driver;
  int driver = 0;                 // the newest CUDA that it is for: 13000 = 13.0
  int driver_error = 0;           // its number for it, in the state no_gpu
  std::vector<int> capabilities;  // of the devices: 90 = 9.0
};
// Looks for a driver and a GPU; loads LibTorch's CUDA library and facegan's CUDA module at the first
// call that finds one.
const CudaStatus& cuda_status();

// Of "cuda" or "cuda:N".
int device_index(const std::string& device);

// Replaces `auto` (device, precision) and 0 (threads, workers) by what this machine gives to one of `shared_by`
// processes that train on it. Error(usage) for a device that is not there.
void resolve_machine(config::Config& config, int shared_by = 1);
// Lets the process keep the memory that it frees. Activations of some 30 MB come and go in every step. By
// default the C library gives each back to the system and gets it again page by page, zeroed: a fifth of the
// time of a step at 64x64, and of that of a picture at 256x256.
void keep_memory();
// Memory, threads, TF32, determinism: call before the first tensor of a run. config must be resolved.
void apply_machine(const config::Config& config);

// The instruction level that computes a run of this precision: "AVX2", "AVX512", "AVX512 BF16", ...
std::string cpu_capability(const config::Config& config);
std::string libtorch_version();                              // "2.11.0": that it runs with
std::string built_with_libtorch();                           // "2.11.0": that it was compiled with
int libtorch_cuda();                                         // the CUDA of LibTorch: 13000 = 13.0; 0 = none
std::string cuda_version_text(int version);                  // 13000 -> "13.0"
std::uint64_t peak_memory_bytes(const std::string& device);  // of the GPU; 0 on the CPU
std::uint64_t free_memory_bytes(const std::string& device);  // likewise
// In use now: of the GPU by this process, as LibTorch holds it; on the CPU resident memory.
std::uint64_t memory_in_use_bytes(const std::string& device);
void synchronize(const std::string& device);  // waits for the GPU; nothing on the CPU

}  // namespace facegan::device
