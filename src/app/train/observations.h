#pragma once
// What doctor looks at. Plain values, so that its checks can be tried on any machine.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "facegan/config/config.h"
#include "facegan/device/device.h"
#include "facegan/machine/disk.h"
#include "facegan/machine/limits.h"
#include "facegan/machine/nvidia.h"

namespace facegan::app {

// Where files will be written: a folder that may have to be made yet.
struct Place {
  std::filesystem::path path;
  std::uint64_t free_bytes = 0;
  machine::FileSystem file_system;
  double bytes_per_s = 0;
  std::string failure;  // why no file can be made there; "" = one can
};

struct Observations {
  // `facegan train` without other options than --device, as it would begin here.
  config::Config config;     // machine resolved, as far as the machine allows
  std::string asked_device;  // before that
  std::string refusal;       // why these settings are refused
  std::string missing_data;  // where their data set should lie, and nothing does
  std::uint64_t checkpoint_bytes = 0, run_bytes = 0;

  std::string libtorch, built_with_libtorch;
  int libtorch_cuda = 0;  // 0 where its libraries are not here, too
  device::CudaStatus cuda;
  std::string gpu_failure;  // what using it gave
  std::uint64_t gpu_free_bytes = 0;
  machine::NvidiaTraces nvidia;

  std::string cpu, instructions;  // "AVX512 BF16"
  int cores = 1, affinity_cores = 1, machine_cores = 1;
  double cpu_quota = 0;
  std::uint64_t memory_bytes = 0, machine_memory_bytes = 0;
  std::uint64_t address_space_bytes = 0;  // the limit; 0 = none
  machine::FileHandles handles;
  int threads_wanted = 0, threads_started = 0;
  Place runs, cache;
  std::map<std::string, std::string> environment;  // those of some variables that are set

  bool wants_gpu() const { return asked_device.starts_with("cuda"); }
  bool on_gpu() const { return config.device.starts_with("cuda"); }
};

// Of this machine. device: --device, "" = not given. Error(usage) when there is none of such a name.
Observations observe(const std::string& device);

}  // namespace facegan::app
