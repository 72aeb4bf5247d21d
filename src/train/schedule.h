#pragma once
// "Every 5 epochs" or "every 30m", asked after each step.
#include <cstdint>
#include <string>

#include "facegan/config/config.h"
#include "facegan/core/clock.h"

namespace facegan::train {

using core::now_s;

class Schedule {
 public:
  // `clock`: seconds, from any beginning.
  explicit Schedule(const std::string& every, double (*clock)() = now_s)
      : every_(config::parse_every(every)), clock_(clock), last_s_(clock()) {}

  bool by_time() const { return every_.epochs == 0; }
  // Whether the end of this epoch (from 1) is a time for it.
  bool includes(std::int64_t epoch) const { return !by_time() && epoch % every_.epochs == 0; }
  bool due(std::int64_t step, std::int64_t steps_per_epoch) {
    if (!by_time()) return step % steps_per_epoch == 0 && includes(step / steps_per_epoch);
    const double now = clock_();
    if (now - last_s_ < every_.seconds) return false;
    last_s_ = now;
    return true;
  }

 private:
  config::Every every_;
  double (*clock_)();
  double last_s_;
};

}  // namespace facegan::train
