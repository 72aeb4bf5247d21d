#pragma once
// Signs in a run's numbers that it goes wrong, each with what to do: docs/health.md has their thresholds and
// where those come from. Training tells each of them once, pages tell those that hold at the last line.
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/run/metrics.h"

namespace facegan::run {

struct Warning {
  std::string what, meaning, advice;  // plain text; a sentence each
};

struct Sign {
  const char* name;  // in the lines
  Warning warning;
};

// What the rules look at.
struct Course {
  std::span<const Metrics> lines;          // steps ascending
  const config::Config* config = nullptr;  // nullptr: not known
  std::int64_t pictures = 0;               // that train; 0 = not known
};

// Those that hold at the last line.
std::vector<Sign> signs_of(const Course& course);

// For a run under way, line by line.
class Watch {
 public:
  // earlier: the lines of a run that goes on; what was told of them is not told again.
  Watch(const config::Config& config, std::int64_t pictures, std::vector<Metrics> earlier);
  // The signs that this line is the first to show; their names are added to it.
  std::vector<Sign> add(Metrics& line);
  // Training is back at this step.
  void drop_after(std::int64_t step);

 private:
  const config::Config& config_;
  std::int64_t pictures_;
  std::vector<Metrics> lines_;
  std::set<std::string> told_;
};

}  // namespace facegan::run
