#pragma once
// What the ranks of a run agree on between two steps: each says what it has seen, then all do the same.
#include <algorithm>
#include <cstdint>

#include "facegan/ranks/team.h"

namespace facegan::train {

struct Agreement {
  std::int64_t signal = 0;       // that asks for the end
  std::int64_t is_over = 0;      // the time is up
  std::int64_t save = 0;         // a checkpoint is asked for, or due
  std::int64_t grid = 0;         // a sample grid is asked for
  std::int64_t evaluate = 0;     // figures are due
  std::int64_t no_pictures = 0;  // 1 + the rank that could not read those of the next step
};

// Of how many steps one is agreed on after: what each takes grows with the ranks (a ring through all), and
// has to stay small beside a step. Lines of numbers are agreed on besides.
inline std::int64_t steps_to_agree(const ranks::Team* team) {
  return team ? std::max<std::int64_t>(team->size() / 8, 1) : 1;
}

// Together; without a team what this process says.
inline Agreement agreed(const ranks::Team* team, const Agreement& mine) {
  if (!team) return mine;
  const auto all =
      team->greatest({mine.signal, mine.is_over, mine.save, mine.grid, mine.evaluate, mine.no_pictures});
  return {all[0], all[1], all[2], all[3], all[4], all[5]};
}

}  // namespace facegan::train
