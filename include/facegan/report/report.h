#pragma once
// report.html: one file that shows a run, without anything from outside, and comparisons of runs. Made from
// what lies in the run folders alone, so that the same folder gives the same bytes. A folder may come from
// anybody: what is damaged, too large or missing in it is left out and said on the page.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "facegan/report/sinks.h"

namespace facegan::report {

// RUN/run.json: what neither config.yaml nor metrics.jsonl says.
struct RunInfo {
  std::string state = "running";          // running, finished, stopped, diverged, failed
  std::string error;                      // what ended it
  std::string version, libtorch;          // of facegan and of LibTorch; "" = not known, as below
  std::string device_name, instructions;  // "Intel ...", "AVX2"
  std::int64_t pictures = 0;              // of the data set; 0 = not known, as below
  std::int64_t steps_per_epoch = 0, total_steps = 0;
  std::int64_t generator_parameters = 0, discriminator_parameters = 0;
  std::int64_t unusable = 0;   // pictures
  std::int64_t rollbacks = 0;  // to earlier checkpoints, after divergence
  // At the end of a run: means of the steps after the last line of metrics.jsonl, when there are such.
  std::optional<Metrics> rest;
};
std::string run_info_json(const RunInfo& info);
// Its state where no process trains in the folder: a run that did not say how it ended was "broken off". ""
// for a state that is none.
std::string state_at_rest(const RunInfo& info);
// Nothing when the file is missing or damaged.
std::optional<RunInfo> read_run_info(const std::filesystem::path& run);

// Of one run; what was read and encoded for one page is kept for the next.
class ReportWriter {
 public:
  explicit ReportWriter(std::filesystem::path run);
  ~ReportWriter();
  // Writes report.html, and metrics.csv when there are numbers; gives their paths. `live`: a process trains
  // in the folder; the page then loads itself again until it has had no news for long. Error(io).
  std::vector<std::filesystem::path> write(bool live);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A page that lays at least two runs over each other: curves, settings that differ, last grids. Error(io).
void write_comparison(const std::vector<std::filesystem::path>& runs, const std::filesystem::path& out);

}  // namespace facegan::report
