#pragma once
// A process's place among those that train one model together ("ranks"), as torchrun, srun or mpirun tell it.
#include <functional>
#include <optional>
#include <string>

namespace facegan::ranks {

struct Place {
  int rank = 0, size = 1;              // among all processes
  int local_rank = 0, local_size = 1;  // among those on this machine ...
  bool knows_machine = true;           // ... or 0 and 1 until the ranks have met
  std::string address;                 // of the store through which they find each other ...
  int port = 0;
  bool agent_keeps_store = false;  // ... which torchrun's agent keeps; otherwise rank 0 does
  int restarts = 0;                // by torchrun, so far

  bool leads() const { return rank == 0; }
  bool on_one_machine() const { return local_size == size; }
};

// Value of an environment variable, nullptr when it is not set.
using Environment = std::function<const char*(const char*)>;

// None: a process of its own. torchrun's variables count wherever RANK and WORLD_SIZE are set; those of srun
// and mpirun, which are set in many shells in which nobody wants this, only beside MASTER_ADDR. Error(usage)
// for what does not fit together.
std::optional<Place> find_place(const Environment& environment);

}  // namespace facegan::ranks
