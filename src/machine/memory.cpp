#include "facegan/machine/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "machine/control_groups.h"

namespace facegan::machine {
namespace {

namespace fs = std::filesystem;

// The number in a limit file; "max", or none at all, is no limit.
std::uint64_t limit_in(const fs::path& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : UINT64_MAX;
}

}  // namespace

std::uint64_t machine_memory_bytes(const fs::path& root) {
  std::ifstream info(root / "proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("MemTotal:")) return std::stoull(line.substr(9)) * 1024;
  return std::uint64_t{4} << 30;  // where there is no /proc to ask
}

std::uint64_t usable_memory_bytes(const fs::path& root) {
  std::uint64_t least = machine_memory_bytes(root);
  for (const auto& group : control_groups(root, "memory"))
    least = std::min(least, limit_in(group.folder / (group.v2 ? "memory.max" : "memory.limit_in_bytes")));
  return least;
}

std::uint64_t usable_memory_bytes() {
  return usable_memory_bytes("/");
}

std::uint64_t resident_memory_bytes() {
  std::uint64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace facegan::machine
