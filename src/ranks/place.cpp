#include "facegan/ranks/place.h"

#include <cstdint>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::ranks {
namespace {

using core::str;

constexpr int kMostRanks = 65536;
constexpr int kUsualPort = 29500;  // torchrun's own

// How a starter names the four numbers.
struct Starter {
  const char *rank, *size, *local_rank, *local_size;  // "": it has none that can be relied on
  bool wants_address;                                 // counts only where MASTER_ADDR is set
};
constexpr Starter kStarters[] = {
    {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", false},
    {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "", true},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE", true},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", true},
};

class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  std::string text(const char* name) const {
    const char* value = *name ? environment_(name) : nullptr;
    return value ? value : "";
  }
  bool has(const char* name) const { return !text(name).empty(); }
  int number(const char* name, int low, int high) const {
    std::int64_t value = 0;
    if (!core::parse_integer(text(name), value) || value < low || value > high)
      throw Error(ErrorKind::usage, str("the environment's ", name, " is a whole number from ", low, " to ",
                                        high, ", not '", core::printable(text(name)),
                                        "'; start with torchrun, or unset it to train with one process"));
    return static_cast<int>(value);
  }

 private:
  const Environment& environment_;
};

}  // namespace

std::optional<Place> find_place(const Environment& environment) {
  const Reader read(environment);
  for (const Starter& s : kStarters) {
    if (!read.has(s.rank) && !read.has(s.size)) continue;
    if (s.wants_address && !read.has("MASTER_ADDR")) continue;
    for (const char* needed : {s.rank, s.size, "MASTER_ADDR"})
      if (!read.has(needed))
        throw Error(ErrorKind::usage,
                    str("the environment has ", read.has(s.rank) ? s.rank : s.size, " but no ", needed,
                        ": start with torchrun, or unset them to train with one process"));
    Place place;
    place.size = read.number(s.size, 1, kMostRanks);
    place.rank = read.number(s.rank, 0, place.size - 1);
    place.knows_machine = read.has(s.local_size) && read.has(s.local_rank);
    if (place.knows_machine) {
      place.local_size = read.number(s.local_size, 1, place.size);
      place.local_rank = read.number(s.local_rank, 0, place.local_size - 1);
    }
    place.address = read.text("MASTER_ADDR");
    place.port = read.has("MASTER_PORT") ? read.number("MASTER_PORT", 1, 65535) : kUsualPort;
    place.agent_keeps_store = read.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
    if (read.has("TORCHELASTIC_RESTART_COUNT"))
      place.restarts = read.number("TORCHELASTIC_RESTART_COUNT", 0, 1'000'000);
    return place;
  }
  return {};
}

}  // namespace facegan::ranks
