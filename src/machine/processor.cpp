#include "facegan/machine/processor.h"

#include <sched.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "facegan/core/text.h"
#include "machine/control_groups.h"

namespace facegan::machine {
namespace {

// Cores of time in a file of a control group: "max 100000" or "QUOTA PERIOD"; 0 = no limit.
double quota_in(const ControlGroup& group) {
  double quota = 0, period = 0;
  if (group.v2) {
    std::ifstream(group.folder / "cpu.max") >> quota >> period;
  } else {
    std::ifstream(group.folder / "cpu.cfs_quota_us") >> quota;  // -1 = no limit
    std::ifstream(group.folder / "cpu.cfs_period_us") >> period;
  }
  return quota > 0 && period > 0 ? quota / period : 0;
}

}  // namespace

int machine_cores() {
  return std::max(static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), 1);
}

int affinity_cores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

double cpu_quota(const std::filesystem::path& root) {
  double least = 0;
  for (const auto& group : control_groups(root, "cpu"))
    if (const double quota = quota_in(group); quota > 0) least = least > 0 ? std::min(least, quota) : quota;
  return least;
}

int available_cores() {
  int cores = affinity_cores();
  if (const double quota = cpu_quota(); quota > 0)
    cores = std::min(cores, static_cast<int>(std::ceil(quota)));
  return std::max(cores, 1);
}

std::string cpu_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return std::string(core::trim(line.substr(line.find(':') + 1)));
  return "unknown CPU";
}

bool cpu_has_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#elif defined(__aarch64__)
  return (getauxval(AT_HWCAP2) & HWCAP2_BF16) != 0;
#else
  return false;
#endif
}

bool cpu_has_amx() {
#if defined(__x86_64__) && (!defined(__clang__) || __clang_major__ >= 18)  // older ones do not know the name
  return __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

}  // namespace facegan::machine
