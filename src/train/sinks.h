#pragma once
// What a run tells, sent to all that listen: metrics.jsonl, TensorBoard, the console, --preview. What cannot
// be written goes to Failures and stops nothing.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "facegan/report/preview.h"
#include "facegan/report/sinks.h"
#include "facegan/report/tensorboard.h"
#include "train/failures.h"
#include "train/trainer.h"

namespace facegan::train {

class Sinks {
 public:
  // At the trainer's step, which a resumed run goes on from. Error(io) when metrics.jsonl cannot be opened.
  Sinks(const std::filesystem::path& folder, const Trainer& trainer, Failures& failures,
        const std::optional<report::Preview>& preview);

  // Training starts, or goes on, at the trainer's step: for the rates and times.
  void start();
  // Training is back at the trainer's step: later lines and points are dropped.
  void go_back();
  // After each step: where training is.
  void step();
  // A line of metrics.
  void metrics(const run::Metrics& means);
  // With the rate since the last line, and the time.
  run::Metrics timed(run::Metrics means) const;
  void sample_grid(const std::filesystem::path& path, const std::string& png);
  void real_pictures(const std::string& png);
  // metrics.jsonl is on disk when this is over. From any thread.
  void sync();
  void finish();

  // Since start().
  double seconds() const;
  double images_per_s() const;

 private:
  void try_events(const std::function<void()>& write);

  const Trainer& trainer_;
  Failures& failures_;
  const std::optional<report::Preview>& preview_;
  report::MetricsFile metrics_;
  report::TensorBoard events_;
  report::Console console_;
  double begin_s_ = 0, interval_begin_s_ = 0;
  std::int64_t first_step_ = 0, interval_begin_step_ = 0;
};

}  // namespace facegan::train
