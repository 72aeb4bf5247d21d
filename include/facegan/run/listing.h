#pragma once
// The runs in a folder, from the small files and headers of each.
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/run/best.h"
#include "facegan/run/metrics.h"

namespace facegan::run {

struct ListedRun {
  std::filesystem::path folder;
  // running, finished, stopped, no better, diverged, failed, imported, broken off, damaged
  std::string state;
  std::string problem;                // why it is damaged; of another run what was passed over
  std::optional<std::string> holder;  // the process that trains
  std::optional<config::Config> config;
  std::string imported_from;  // the files that it was made of: it knows no data set; "" = it was trained here
  std::int64_t step = 0, steps_per_epoch = 0;
  std::optional<Metrics> last;
  std::optional<Best> best;              // whose checkpoint is there
  std::time_t started = 0, written = 0;  // 0 = unknown
  std::uint64_t bytes = 0;               // of all its files

  std::string name() const { return folder.filename().string(); }
  // Where config and steps_per_epoch are known.
  std::int64_t total_steps() const;
  double epochs_done() const { return static_cast<double>(step) / static_cast<double>(steps_per_epoch); }
};

// In the order of run_folders(); folders of something else are passed over. Error(io) when `runs` cannot be
// listed; none where it does not exist.
std::vector<ListedRun> list_runs(const std::filesystem::path& runs);

}  // namespace facegan::run
