#pragma once
// report.html and metrics.csv of one run.
#include <filesystem>
#include <vector>

#include "facegan/run/record.h"
#include "report/sheets.h"

namespace facegan::report {

class RunPage {
 public:
  // Of what the record says and the folder shows; gives the paths of what was written. live: as in
  // ReportWriter. Error(io).
  std::vector<std::filesystem::path> write(const run::Record& run, bool live);

 private:
  SheetCache cache_;  // what was encoded for one page is kept for the next
};

}  // namespace facegan::report
