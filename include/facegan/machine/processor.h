#pragma once
// The processor and what of it this process may use. Plain numbers, without LibTorch.
#include <cstdint>
#include <filesystem>
#include <string>

namespace facegan::machine {

// Cores this process may use: affinity and the cgroup quota, at least 1.
int available_cores();
int machine_cores();   // those that are switched on
int affinity_cores();  // of them, where this thread may run
// Cores of time that the control groups allow, 0 = no limit. root: of the file system, for tests.
double cpu_quota(const std::filesystem::path& root = "/");
std::string cpu_name();
bool cpu_has_bf16();  // instructions for products of bfloat16
bool cpu_has_amx();   // likewise, of whole tiles (Intel AMX)

}  // namespace facegan::machine
