#include <algorithm>
#include <cmath>
#include <cstdio>

#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/report/sinks.h"

namespace facegan::report {
namespace {
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLiveInterval = 200ms;
constexpr auto kPlainInterval = 10s;
constexpr auto kPlainFloor = 1s;  // a fast GPU has metrics many times a second
constexpr int kBarCells = 20;

std::string fixed(double value, int digits) {
  char out[64];
  std::snprintf(out, sizeof out, "%.*f", digits, value);
  return out;
}

// Three significant figures are enough to see; whole pictures above 100 a second.
std::string rate(double images_per_s) {
  if (images_per_s < 100 || images_per_s > 1e15) return fixed(images_per_s, 1);
  return core::with_thousands(std::llround(images_per_s));
}

std::string bar(std::int64_t step, std::int64_t total) {
  const auto full = std::clamp<std::int64_t>(step * kBarCells / total, 0, kBarCells);
  return "[" + std::string(full, '#') + std::string(kBarCells - full, '-') + "] ";
}

}  // namespace

std::string progress_text(const Metrics& now, std::int64_t epochs, std::int64_t total_steps, bool with_losses,
                          double seconds_left) {
  std::string text = core::str("epoch ", now.epoch, "/", epochs, "  step ", core::with_thousands(now.step),
                               "/", core::with_thousands(total_steps));
  if (with_losses)
    text += core::str("  d_loss ", fixed(now.d_loss, 3), "  g_loss ", fixed(now.g_loss, 3), "  d_accuracy ",
                      fixed(100 * now.d_accuracy, 0), "%");
  if (now.images_per_s > 0) text += core::str("  ", rate(now.images_per_s), " images/s");
  if (seconds_left >= 0) text += core::str("  ", core::human_seconds(seconds_left), " left");
  return text;
}

Console::Console(std::int64_t epochs, std::int64_t steps_per_epoch, std::int64_t total_steps)
    : epochs_(epochs),
      steps_per_epoch_(steps_per_epoch),
      total_steps_(total_steps),
      live_(core::log_has_live_line()),
      last_drawn_(Clock::now() - 1h) {}

void Console::progress(std::int64_t step, double images_per_s, double elapsed_s, double seconds_left) {
  if (Clock::now() - last_drawn_ < (live_ ? Clock::duration(kLiveInterval) : Clock::duration(kPlainInterval)))
    return;
  last_.step = step;
  last_.epoch = std::min((std::max<std::int64_t>(step, 1) - 1) / steps_per_epoch_ + 1, epochs_);
  last_.images_per_s = images_per_s;
  last_.elapsed_s = elapsed_s;
  seconds_left_ = seconds_left;
  draw();
}

void Console::metrics(const Metrics& metrics) {
  if (metrics.images_per_s > 0 && metrics.step > 0) {
    const double batch = static_cast<double>(metrics.images) / static_cast<double>(metrics.step);
    const double steps_left = static_cast<double>(std::max<std::int64_t>(total_steps_ - metrics.step, 0));
    seconds_left_ = steps_left * batch / metrics.images_per_s;
  }
  last_ = metrics;
  has_losses_ = true;
  if (live_ || Clock::now() - last_drawn_ >= kPlainFloor || metrics.step >= total_steps_) draw();
}

void Console::draw() {
  const std::string text = progress_text(last_, epochs_, total_steps_, has_losses_, seconds_left_);
  if (live_)
    core::log_live_line(bar(last_.step, total_steps_) + text);
  else
    core::log_info(text);
  last_drawn_ = Clock::now();
}

void Console::finish() {
  core::log_live_line("");
}

}  // namespace facegan::report
