#include "train/rates.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace facegan::train {
namespace {

// From 1 to `end` while x goes from 0 to 1.
double fall(double x, double end, bool by_cosine) {
  x = std::clamp(x, 0.0, 1.0);
  const double left = by_cosine ? 0.5 * (1 + std::cos(std::numbers::pi * x)) : 1 - x;
  return end + (1 - end) * left;
}

double done(const Progress& p) {
  return static_cast<double>(p.step) / static_cast<double>(std::max<std::int64_t>(p.total_steps, 1));
}

}  // namespace

std::int64_t total_steps(const config::Config& c, std::int64_t steps_per_epoch) {
  const std::int64_t by_epochs = c.epochs * steps_per_epoch;
  return c.max_steps > 0 ? std::min(by_epochs, c.max_steps) : by_epochs;
}

Rates rates(const config::Config& c, int rollbacks, const Progress& progress) {
  double share = 1;
  if (c.lr_schedule != "constant")
    share = fall((done(progress) - (1 - c.lr_decay)) / c.lr_decay, c.lr_end, c.lr_schedule == "cosine");
  if (c.lr_warmup > 0)
    share *= std::min(
        1.0, static_cast<double>((progress.step + 1) * progress.batch) / static_cast<double>(c.lr_warmup));
  return {std::ldexp(c.lr_g * share, -rollbacks), std::ldexp(c.lr_d * share, -rollbacks)};
}

double penalty_share(const config::Config& c, const Progress& progress) {
  return fall(done(progress), c.penalty_end, true);
}

double mean_share(std::int64_t half_life, const Progress& progress) {
  constexpr double kOfSeen = 0.05;
  const auto seen = static_cast<double>((progress.step + 1) * progress.batch);
  const double pictures = std::min(static_cast<double>(half_life), kOfSeen * seen);
  return 1 - std::exp2(-static_cast<double>(progress.batch) / pictures);
}

}  // namespace facegan::train
