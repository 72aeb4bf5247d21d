#pragma once
// Where a run is and how fast it goes, in plain numbers; reckoned here alone.
#include <cstdint>

#include "facegan/run/metrics.h"

namespace facegan::report {

struct RunLength {
  std::int64_t epochs = 0, steps_per_epoch = 0, total_steps = 0;  // all > 0
  std::int64_t batch = 0;                                         // pictures of a step
  double limit_s = 0;                                             // of training until it ends; 0 = none
};

// Whether --max-time is the length of a run: nothing makes a thousand steps a second.
inline bool ends_by_time(std::int64_t total_steps, double limit_s) {
  return limit_s > 0 && static_cast<double>(total_steps) > 1000 * limit_s;
}

struct Progress {
  std::int64_t step = 0, epoch = 0;  // steps done; epoch of the last of them, from 1
  std::int64_t epochs = 0, steps_per_epoch = 0, total_steps = 0;
  double images_per_s = 0;       // since training started, or went on; 0 = not known
  double line_images_per_s = 0;  // since the last line of numbers; likewise
  double session_s = 0;          // since training started, or went on ...
  double elapsed_s = 0;          // ... and with what the run had taken before
  double seconds_left = -1;      // < 0: not known
  bool ends_by_time = false;     // long before the last step, which nobody is told then
};

// The clock of a run. `now_s` is the time of any steady clock.
class Pace {
 public:
  explicit Pace(const RunLength& run) : run_(run) {}
  // Training starts, or goes on, at this step of a run that has taken so long.
  void start(std::int64_t step, double now_s, double elapsed_before_s);
  // A line of numbers was told at this step.
  void line(std::int64_t step, double now_s);
  Progress at(std::int64_t step, double now_s) const;

 private:
  RunLength run_;
  double begin_s_ = 0, line_s_ = 0, elapsed_before_s_ = 0;
  std::int64_t first_step_ = 0, line_step_ = 0;
};

// With the metrics that the clock measures.
run::Metrics timed(run::Metrics metrics, const Progress& progress);

}  // namespace facegan::report
