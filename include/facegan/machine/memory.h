#pragma once
// How much memory there is for this process.
#include <cstdint>
#include <filesystem>

namespace facegan::machine {

// The machine's, or the smallest limit of the control groups that the process is in.
std::uint64_t usable_memory_bytes();
// The same, with another root of the file system, for tests.
std::uint64_t usable_memory_bytes(const std::filesystem::path& root);
std::uint64_t machine_memory_bytes(const std::filesystem::path& root = "/");  // whatever the groups allow
std::uint64_t resident_memory_bytes();                                        // of this process, now
std::uint64_t peak_memory_bytes();                                            // of this process so far

}  // namespace facegan::machine
