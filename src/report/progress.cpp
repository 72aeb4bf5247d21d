#include "facegan/report/progress.h"

#include <algorithm>

namespace facegan::report {

void Pace::start(std::int64_t step, double now_s, double elapsed_before_s) {
  begin_s_ = line_s_ = now_s;
  first_step_ = line_step_ = step;
  elapsed_before_s_ = elapsed_before_s;
}

void Pace::line(std::int64_t step, double now_s) {
  line_s_ = now_s, line_step_ = step;
}

Progress Pace::at(std::int64_t step, double now_s) const {
  const auto rate = [&](std::int64_t steps, double seconds) {
    return steps > 0 && seconds > 0 ? static_cast<double>(steps * run_.batch) / seconds : 0;
  };
  const std::int64_t done = step - first_step_;
  Progress p{.step = step,
             .epoch = std::min((std::max<std::int64_t>(step, 1) - 1) / run_.steps_per_epoch + 1, run_.epochs),
             .epochs = run_.epochs,
             .steps_per_epoch = run_.steps_per_epoch,
             .total_steps = run_.total_steps,
             .ends_by_time = ends_by_time(run_.total_steps, run_.limit_s)};
  p.session_s = now_s - begin_s_;
  p.elapsed_s = elapsed_before_s_ + p.session_s;
  p.images_per_s = rate(done, p.session_s);
  p.line_images_per_s = rate(step - line_step_, now_s - line_s_);
  const std::int64_t left = std::max<std::int64_t>(run_.total_steps - step, 0);
  if (done > 0) p.seconds_left = p.session_s / static_cast<double>(done) * static_cast<double>(left);
  if (run_.limit_s > 0 && p.seconds_left >= 0)
    p.seconds_left = std::min(p.seconds_left, std::max(run_.limit_s - p.session_s, 0.0));
  return p;
}

run::Metrics timed(run::Metrics metrics, const Progress& progress) {
  metrics.set("images_per_s", progress.line_images_per_s);
  metrics.set("elapsed_s", progress.elapsed_s);
  return metrics;
}

}  // namespace facegan::report
