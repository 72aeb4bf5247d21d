#pragma once
// report.html: one file that shows a run, without anything from outside, and comparisons of runs. Made from
// what lies in the run folders alone, so that the same folder gives the same bytes. A folder may come from
// anybody: what is damaged, too large or missing in it is left out and said on the page.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "facegan/run/info.h"

namespace facegan::report {

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
