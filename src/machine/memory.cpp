#include "facegan/machine/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "facegan/core/text.h"

namespace facegan::machine {
namespace {

namespace fs = std::filesystem;

// The number in a limit file; "max", or none at all, is no limit.
std::uint64_t limit_in(const fs::path& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : UINT64_MAX;
}

// The smallest limit from the group up to the root: each of them binds.
std::uint64_t limit_above(const fs::path& mount, const std::string& group, const char* file) {
  std::uint64_t least = limit_in(mount / file);
  for (fs::path at = fs::path(group).relative_path(); !at.empty(); at = at.parent_path())
    least = std::min(least, limit_in(mount / at / file));
  return least;
}

}  // namespace

std::uint64_t usable_memory_bytes(const fs::path& root) {
  std::uint64_t least = std::uint64_t{4} << 30;  // where there is no /proc to ask
  std::ifstream info(root / "proc/meminfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("MemTotal:")) least = std::stoull(line.substr(9)) * 1024;

  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // ID:CONTROLLERS:GROUP, version 2 has no controllers
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string group = line.substr(second + 1);
    const auto controllers = core::split(line.substr(first + 1, second - first - 1), ',');
    if (second == first + 1)
      least = std::min(least, limit_above(root / "sys/fs/cgroup", group, "memory.max"));
    else if (std::find(controllers.begin(), controllers.end(), "memory") != controllers.end())
      least = std::min(least, limit_above(root / "sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
  }
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
