#pragma once
// What the system shows of NVIDIA hardware, whether or not there is a driver to use it.
#include <filesystem>
#include <string>

namespace facegan::machine {

struct NvidiaTraces {
  int cards = 0;              // display and compute devices on the PCI bus
  std::string kernel_driver;  // "580.65.06": the module that the kernel has loaded; "" = none
  bool device_files = false;  // in /dev: a container has them when it was given GPUs
  bool wsl = false;           // the GPU of Windows, in its Subsystem for Linux
};
// root: of the file system, for tests.
NvidiaTraces nvidia_traces(const std::filesystem::path& root = "/");

}  // namespace facegan::machine
