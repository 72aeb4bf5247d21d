#pragma once
// report.html, metrics.csv and run.json of a run, while it lives and at its end.
#include <filesystem>
#include <string>

#include "facegan/report/report.h"
#include "train/failures.h"
#include "train/trainer.h"

namespace facegan::train {

class RunReport {
 public:
  RunReport(const std::filesystem::path& folder, const Trainer& trainer, Failures& failures);
  // Writes when it is time: at an epoch's end after 10 s, else after a minute, and so seldom that it takes no
  // more than a fiftieth of the run's time.
  void update(bool epoch_end);
  // The last one. error: what ended the run, or ""; rest: of RunInfo.
  void end(const std::string& state, const std::string& error,
           const std::optional<run::Metrics>& rest = std::nullopt);

 private:
  void write(const std::string& state, const std::string& error, const std::optional<run::Metrics>& rest);

  const std::filesystem::path folder_;
  const Trainer& trainer_;
  Failures& failures_;
  report::ReportWriter writer_;
  std::string info_json_;  // as it was written last
  double written_s_ = -1e9, cost_s_ = 0;
};

}  // namespace facegan::train
