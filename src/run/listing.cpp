#include "facegan/run/listing.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"
#include "facegan/run/imported.h"
#include "facegan/run/info.h"
#include "facegan/run/lock.h"

namespace facegan::run {
namespace {

using core::printable;
using core::str;
constexpr std::int64_t kMaxStepsPerEpoch = 1'000'000'000;  // times the most epochs it is still a number

std::time_t written_at(const fs::directory_entry& file) {
  std::error_code error;
  const auto time = file.last_write_time(error);
  if (error) return 0;
  return std::chrono::system_clock::to_time_t(
      std::chrono::file_clock::to_sys(std::chrono::time_point_cast<std::chrono::seconds>(time)));
}

// The sizes of all files, and when the last one was written.
void measure(ListedRun& run) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(run.folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;  // a file that is replaced meanwhile
    if (!it->is_regular_file(gone)) continue;
    const std::uintmax_t size = it->file_size(gone);
    if (!gone) run.bytes += size;
    run.written = std::max(run.written, written_at(*it));
  }
}

// What the first line of the log begins with; copies keep it, unlike the times of files.
std::time_t first_logged(const fs::path& folder) {
  std::string line(24, '\0');
  try {
    const core::Inside log = file_in(folder, kLogFile);
    const core::Fd fd = core::open_for_reading(log, ErrorKind::io);
    core::read_exactly_at(fd.get(), line.data(), 23, 0, log.path(), ErrorKind::io);
  } catch (const Error&) {
    return 0;
  }
  std::tm time{};
  if (std::sscanf(line.c_str(), "%4d-%2d-%2d %2d:%2d:%2d", &time.tm_year, &time.tm_mon, &time.tm_mday,
                  &time.tm_hour, &time.tm_min, &time.tm_sec) != 6)
    return 0;
  time.tm_year -= 1900, time.tm_mon -= 1, time.tm_isdst = -1;
  return std::max<std::time_t>(std::mktime(&time), 0);
}

// The step of the newest checkpoint whose header is whole.
bool read_checkpoint(ListedRun& run) {
  for (const core::Inside& file : checkpoint_files(run.folder)) {
    try {
      const Loaded header{file.path(), core::read_safetensors_header(
                                           core::open_for_reading(file, ErrorKind::checkpoint), file.path())};
      const std::int64_t step = header.integer(kKeyStep), steps_per_epoch = header.integer(kKeyStepsPerEpoch);
      if (steps_per_epoch < 1 || steps_per_epoch > kMaxStepsPerEpoch)
        throw Error(ErrorKind::checkpoint,
                    str(printable(file.path().string()), ": an epoch of ", steps_per_epoch, " steps"));
      run.step = step, run.steps_per_epoch = steps_per_epoch;
      if (auto best = best_of(header); best && best->step > 0 && core::exists(best_checkpoint(run.folder)))
        run.best = std::move(best);
      return true;
    } catch (const Error& error) {
      if (run.problem.empty()) run.problem = error.what();
    }
  }
  if (run.problem.empty()) run.problem = "it has no checkpoint";
  return false;
}

void look_at(ListedRun& run) {
  run.holder = lock_holder(run.folder);  // first: a run that ends meanwhile has all its files
  measure(run);
  run.started = first_logged(run.folder);
  run.last = last_metrics(file_in(run.folder, kMetricsFile));
  const bool running = run.holder.has_value();
  const bool has_checkpoint = read_checkpoint(run);
  try {
    run.config = read_config(run.folder, kConfigFile.name);
  } catch (const Error& error) {
    run.problem = error.what();
  }
  const bool known = has_checkpoint && run.config;
  if (running && has_checkpoint && run.last) run.step = std::max(run.step, run.last->step);
  const auto told = read_info(run.folder);
  const std::string ended = told ? state_at_rest(*told) : "";
  run.state = running                                ? "running"
              : !known                               ? "damaged"
              : run.step >= run.total_steps()        ? "finished"
              : ended.empty() || ended == "finished" ? "stopped"
                                                     : ended;
  if (run.state == kImported) run.imported_from = told->imported_from;
  if (running && !has_checkpoint) run.problem.clear();  // it has just begun
}

ListedRun listed(const fs::path& folder) {
  ListedRun run{.folder = folder};
  try {
    look_at(run);
  } catch (const std::exception& error) {  // whatever the folder holds, the others are listed
    run.state = "damaged";
    run.problem = printable(error.what());
  }
  return run;
}

// Folders of something else are passed over.
bool looks_like_run(const fs::path& folder) {
  return run_number(folder.filename().string()) >= 0 || has_file(folder, kConfigFile) ||
         has_file(folder, kCheckpoints);
}

}  // namespace

std::int64_t ListedRun::total_steps() const {
  const std::int64_t all = config->epochs * steps_per_epoch;
  return config->max_steps > 0 ? std::min(all, config->max_steps) : all;
}

std::vector<ListedRun> list_runs(const fs::path& runs) {
  std::error_code error;
  if (fs::exists(runs, error)) fs::directory_iterator(runs, error);  // one that cannot be read is not empty
  if (error)
    throw Error(ErrorKind::io,
                str("cannot list the folder ", printable(runs.string()), ": ", error.message()));
  std::vector<ListedRun> all;
  for (const fs::path& folder : run_folders(runs))
    if (looks_like_run(folder)) all.push_back(listed(folder));
  return all;
}

}  // namespace facegan::run
