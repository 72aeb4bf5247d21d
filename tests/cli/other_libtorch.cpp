// Stands for a LibTorch of another version: all that the launcher asks one.
#include <cstdint>

extern "C" {
std::uint64_t aoti_torch_abi_version() {
  return 2ULL << 56 | 3ULL << 48;
}
void _ZN2at11show_configB5cxx11Ev() {}  // by which it is found where it lies
}
