#pragma once
// The sink that writes metrics.jsonl.
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "facegan/core/files.h"
#include "facegan/report/sink.h"

namespace facegan::report {

// Appends a line per call; on opening for a resume, drops torn lines and lines after `resume_step`, so that
// no step is repeated (0 = a new run: nothing is kept). A full disk is Error(io) from numbers or sync; lines
// that did not fit are kept and written by the next call that can, so that there is no gap.
class MetricsFile final : public Sink {
 public:
  MetricsFile(core::Inside file, std::int64_t resume_step);
  bool numbers(const run::Metrics& metrics, const Progress&) override;
  bool sync() override;
  // What fails here is done before the next line.
  bool go_back(const Progress& progress) override;

 private:
  void write_pending();
  void drop_later();

  std::optional<std::int64_t> last_kept_;  // later steps are still in the file
  core::Inside file_;
  core::Fd fd_;
  std::mutex mutex_;
  std::string pending_;  // lines that are not in the file yet
};

}  // namespace facegan::report
