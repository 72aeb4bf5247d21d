#pragma once
// What the system lets a process have besides memory and cores.
#include <cstdint>

namespace facegan::machine {

// Open files: the limit, how far the process itself may raise it, and how many are open now.
struct FileHandles {
  std::uint64_t limit = 0, hard_limit = 0, open = 0;
};
FileHandles file_handles();

// Of the process's address space (ulimit -v); 0 = none.
std::uint64_t address_space_limit();

// Starts so many threads at once, which end again: how many there were to be had (limits on processes count
// threads).
int threads_to_be_had(int wanted);
// Why there are no more, in the words of an error.
inline constexpr const char* kNoMoreThreads =
    "the limit of processes (ulimit -u, pids.max of the control group) or of memory is reached";

}  // namespace facegan::machine
