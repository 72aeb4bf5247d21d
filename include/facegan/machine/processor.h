#pragma once
// The processor and what of it this process may use. Plain numbers, without LibTorch.
#include <cstdint>
#include <string>

namespace facegan::machine {

// Cores this process may use: affinity and the cgroup quota, at least 1.
int available_cores();
std::string cpu_name();
bool cpu_has_bf16();  // instructions for products of bfloat16
bool cpu_has_amx();   // likewise, of whole tiles (Intel AMX)

}  // namespace facegan::machine
