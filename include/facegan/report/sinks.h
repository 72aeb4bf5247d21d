#pragma once
// Where a run's numbers and pictures go. Sinks see plain numbers and byte images, never tensors.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::report {

// Means since the last line of metrics.jsonl.
struct Metrics {
  std::int64_t step = 0, epoch = 0;  // steps done; epoch from 1
  std::int64_t images = 0;           // training pictures seen so far
  double d_loss = 0, g_loss = 0;
  double d_real = 0, d_fake = 0;     // mean probability D gives to real and generated pictures
  double d_accuracy = 0;             // over both, threshold logit 0
  double images_per_s = 0, elapsed_s = 0;
};

// metrics.jsonl: appends a line per call; on opening for a resume, drops lines after `step`, so that
// no step is repeated. sync() puts everything on disk. A full disk is Error(io) from write or sync.
class MetricsFile {
 public:
  MetricsFile(const std::filesystem::path& path, std::int64_t resume_step);
  ~MetricsFile();
  void write(const Metrics& metrics);
  void sync();

 private:
  int fd_ = -1;
  std::filesystem::path path_;
};

// The JSON line of metrics.jsonl, without line break; numbers that are not finite become strings.
std::string metrics_json(const Metrics& metrics);

// The live line of a terminal, or a plain line at a fixed interval.
class Console {
 public:
  Console(std::int64_t epochs, std::int64_t steps_per_epoch, std::int64_t total_steps);
  // Cheap; draws at most a few times a second.
  void progress(std::int64_t step, double images_per_s, double elapsed_s, double seconds_left);
  void metrics(const Metrics& metrics);
  void finish();

 private:
  std::int64_t epochs_, steps_per_epoch_, total_steps_;
  Metrics last_{};
  double last_drawn_s_ = -1e9;
};

// Which epochs' grids become frames of the animation (epochs from 1, ascending; rule "all", "sqrt"
// or "auto" = all up to 200 epochs). sqrt: frame i (from 0 = epoch 1) is kept when round(2 sqrt(i)),
// halves to even, exceeds the value of the last kept frame, which starts at round(-1). The last epoch
// is appended always, even when it was kept already. 1,000 epochs give 63 frames and the last.
std::vector<std::int64_t> gif_epochs(const std::vector<std::int64_t>& epochs, const std::string& rule);

}  // namespace facegan::report
