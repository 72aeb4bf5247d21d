#include "train/run_report.h"

#include <algorithm>

#include "facegan/run/files.h"
#include "train/prepare.h"
#include "train/schedule.h"

namespace facegan::train {

RunReport::RunReport(const std::filesystem::path& folder, const Trainer& trainer, Failures& failures)
    : folder_(folder), trainer_(trainer), failures_(failures), writer_(folder) {}

void RunReport::update(bool epoch_end) {
  if (now_s() - written_s_ >= std::max(epoch_end ? 10.0 : 60.0, 50 * cost_s_)) write("running", "", {});
}

void RunReport::end(const std::string& state, const std::string& error,
                    const std::optional<run::Metrics>& rest) {
  write(state, error, rest);
}

void RunReport::write(const std::string& state, const std::string& error,
                      const std::optional<run::Metrics>& rest) {
  const double begin = now_s();
  failures_.attempt(run::kPageFile.name, [&] {
    run::Info info = run_info(trainer_);
    info.state = state, info.error = error, info.rest = rest;
    if (std::string json = run::info_json(info); json != info_json_) {
      run::write_file(folder_, run::kInfoFile, json);
      info_json_ = std::move(json);
    }
    writer_.write(/*live=*/state == "running");
  });
  written_s_ = now_s(), cost_s_ = written_s_ - begin;
}

}  // namespace facegan::train
