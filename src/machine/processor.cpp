#include "facegan/machine/processor.h"

#include <sched.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "facegan/core/text.h"

namespace facegan::machine {
namespace {

std::string first_line(const char* path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

int available_cores() {
  cpu_set_t set;
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  // cgroup v2: "max 100000" or "QUOTA PERIOD"; v1 has two files.
  double quota = 0, period = 0;
  std::istringstream v2(first_line("/sys/fs/cgroup/cpu.max"));
  if (!(v2 >> quota >> period)) {
    std::istringstream q(first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")),
        p(first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
    q >> quota, p >> period;
  }
  if (quota > 0 && period > 0) cores = std::min(cores, static_cast<int>(std::ceil(quota / period)));
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
#if defined(__x86_64__)
  return __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

}  // namespace facegan::machine
