#pragma once
// Where a run's numbers and pictures go. Sinks see plain numbers and byte images, never tensors.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/core/files.h"
#include "facegan/run/metrics.h"

namespace facegan::report {

using run::Metrics;

// metrics.jsonl: appends a line per call; on opening for a resume, drops torn lines and lines after
// `resume_step`, so that no step is repeated (0 = a new run: nothing is kept). sync() puts everything
// on disk, from any thread. A full disk is Error(io) from write or sync; lines that did not fit are kept
// and written by the next call that can, so that there is no gap.
class MetricsFile {
 public:
  MetricsFile(const std::filesystem::path& path, std::int64_t resume_step);
  void write(const Metrics& metrics);
  void sync();
  // Drops the lines of later steps: training has gone back. What fails here is done before the next line.
  void go_back(std::int64_t step);
  // The elapsed_s that a resumed run goes on from; 0 for a new run.
  double elapsed_before_s() const;

 private:
  void write_pending();
  void drop_later();

  std::optional<std::int64_t> last_kept_;  // later steps are still in the file
  double elapsed_s_ = 0;
  std::filesystem::path path_;
  core::Fd fd_;
  mutable std::mutex mutex_;
  std::string pending_;  // lines that are not in the file yet
};

// What of a run stays the same while Console tells of it.
struct RunLength {
  std::int64_t epochs = 0, steps_per_epoch = 0, total_steps = 0;  // all > 0
};

// What Console shows. -1: not known, not shown.
struct Progress {
  Metrics now;  // losses and accuracies of the last line, the rest as it is now
  bool has_losses = false;
  double seconds_left = -1;
  std::int64_t memory_bytes = -1;
};
// One line of what there is, but for memory.
std::string plain_text(const Progress& progress, const RunLength& run);
// The same with a bar, the device ("cpu", "cuda:1") and memory, in at most `columns` ASCII characters. What
// does not fit is shortened in this order: the words of accuracy and losses, the bar, device, memory, step,
// images/s, accuracy, spaces; at last the losses and the time left go, too.
std::string live_text(const Progress& progress, const RunLength& run, const std::string& device,
                      std::size_t columns);

// The live line of a terminal, or plain log lines: at every metrics() and every 10 s between them.
class Console {
 public:
  // memory_bytes: in use now; asked each time that the live line is drawn.
  Console(const RunLength& run, std::string device, std::function<std::uint64_t()> memory_bytes);
  // `step` = steps done. Cheap; draws at most a few times a second.
  void progress(std::int64_t step, double images_per_s, double elapsed_s, double seconds_left);
  void metrics(const Metrics& metrics);
  // Removes the live line.
  void finish();

 private:
  void draw();

  RunLength run_;
  std::string device_;
  std::function<std::uint64_t()> memory_bytes_;
  bool live_;
  Progress last_{};
  std::chrono::steady_clock::time_point last_drawn_{};
};

}  // namespace facegan::report
