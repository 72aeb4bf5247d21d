#include "train/sinks.h"

#include "facegan/core/log.h"
#include "facegan/device/device.h"
#include "facegan/run/files.h"
#include "train/schedule.h"

namespace facegan::train {
namespace {

constexpr const char* kMetrics = run::kMetricsFile.name;
constexpr const char* kEvents = "TensorBoard's events";

}  // namespace

Sinks::Sinks(const std::filesystem::path& folder, const Trainer& trainer, Failures& failures,
             const std::optional<report::Preview>& preview)
    : trainer_(trainer),
      failures_(failures),
      preview_(preview),
      metrics_(run::path_in(folder, run::kMetricsFile), trainer.step()),
      events_(folder, trainer.step(), config::to_yaml(trainer.config())),
      console_({trainer.config().epochs, trainer.steps_per_epoch(), trainer.total_steps()},
               trainer.config().device,
               [device = trainer.config().device] { return device::memory_in_use_bytes(device); }) {}

void Sinks::start() {
  begin_s_ = interval_begin_s_ = now_s();
  first_step_ = interval_begin_step_ = trainer_.step();
}

void Sinks::go_back() {
  failures_.attempt(kMetrics, [this] { metrics_.go_back(trainer_.step()); });
  try_events([this] { events_.go_back(trainer_.step()); });
}

void Sinks::step() {
  const std::int64_t step = trainer_.step();
  const double left = seconds() / static_cast<double>(step - first_step_);
  console_.progress(step, images_per_s(), seconds(),
                    left * static_cast<double>(trainer_.total_steps() - step));
}

run::Metrics Sinks::timed(run::Metrics m) const {
  const double now = now_s();
  m.set("images_per_s",
        static_cast<double>((trainer_.step() - interval_begin_step_) * trainer_.config().batch) /
            (now - interval_begin_s_));
  m.set("elapsed_s", metrics_.elapsed_before_s() + now - begin_s_);
  return m;
}

void Sinks::metrics(const run::Metrics& means) {
  const run::Metrics m = timed(means);
  failures_.attempt(kMetrics, [&] { metrics_.write(m); });
  try_events([&] { events_.metrics(m); });
  // Shows the mean of the run, as between the lines: what is left is reckoned by it.
  run::Metrics shown = m;
  shown.set("images_per_s", images_per_s());
  console_.metrics(shown);
  core::log_debug(run::metrics_json(m));  // into log.txt
  interval_begin_s_ = now_s(), interval_begin_step_ = trainer_.step();
}

void Sinks::sample_grid(const std::filesystem::path& path, const std::string& png) {
  try_events([&] { events_.picture("samples/generated", trainer_.step(), png); });
  if (preview_) preview_->show(image::decode_png(image::as_bytes(png)), path.string());
}

void Sinks::real_pictures(const std::string& png) {
  try_events([&] { events_.picture("samples/real", trainer_.step(), png); });
}

void Sinks::sync() {
  failures_.attempt(kMetrics, [this] { metrics_.sync(); });
}

void Sinks::finish() {
  console_.finish();
}

double Sinks::seconds() const {
  return now_s() - begin_s_;
}

double Sinks::images_per_s() const {
  return static_cast<double>((trainer_.step() - first_step_) * trainer_.config().batch) / seconds();
}

void Sinks::try_events(const std::function<void()>& write) {
  failures_.attempt(kEvents, write);
}

}  // namespace facegan::train
