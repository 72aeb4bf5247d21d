#pragma once
// What a run's numbers say that a person should know, in plain words.
#include <string>
#include <vector>

#include "facegan/run/record.h"

namespace facegan::report {

struct Warning {
  std::string what, meaning, advice;  // plain text; a sentence each
};

// Standard deviations (0..255) of the newest grid's pictures and of the real ones; < 0: not known.
struct Spreads {
  double generated = -1, real = -1;
};

std::vector<Warning> warnings_of(const run::Record& run, bool live, const Spreads& spreads);

}  // namespace facegan::report
