#include "facegan/machine/nvidia.h"

#include <fstream>
#include <system_error>

namespace facegan::machine {
namespace {

namespace fs = std::filesystem;

std::string word_in(const fs::path& file) {
  std::string word;
  std::ifstream(file) >> word;
  return word;
}

}  // namespace

NvidiaTraces nvidia_traces(const fs::path& root) {
  NvidiaTraces out;
  std::error_code none;
  for (fs::directory_iterator at(root / "sys/bus/pci/devices", none), end; !none && at != end;
       at.increment(none))
    if (word_in(at->path() / "vendor") == "0x10de" && word_in(at->path() / "class").starts_with("0x03"))
      ++out.cards;
  // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 ...", or "... for x86_64 580.65.06
  // ..."
  std::ifstream version(root / "proc/driver/nvidia/version");
  for (std::string word; out.kernel_driver.empty() && version >> word;)
    if (word.find('.') != std::string::npos && word.find_first_not_of("0123456789.") == std::string::npos)
      out.kernel_driver = word;
  out.device_files = fs::exists(root / "dev/nvidiactl", none);
  out.wsl = fs::exists(root / "dev/dxg", none);
  return out;
}

}  // namespace facegan::machine
