// facegan list runs: what lies in ./runs, from the small files and headers of each run.
#include "app/look/list_runs.h"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "app/table.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/report/report.h"
#include "facegan/run/folder.h"
#include "facegan/run/lock.h"
#include "facegan/run/metrics.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::printable;
using core::str;
using Json = nlohmann::ordered_json;
constexpr std::uint64_t kMaxConfigBytes = 1 << 20;
constexpr std::int64_t kMaxStepsPerEpoch = 1'000'000'000;  // times the most epochs it is still a number

struct RunInfo {
  fs::path folder;
  std::string state;                  // running, finished, stopped, diverged, failed, broken off, damaged
  std::string problem;                // why it is damaged; of another run what was passed over
  std::optional<std::string> holder;  // the process that trains
  std::optional<config::Config> config;
  std::int64_t step = 0, steps_per_epoch = 0;
  std::optional<run::Metrics> last;
  std::time_t started = 0, written = 0;  // 0 = unknown
  std::uint64_t bytes = 0;

  std::int64_t total_steps() const {
    const std::int64_t all = config->epochs * steps_per_epoch;
    return config->max_steps > 0 ? std::min(all, config->max_steps) : all;
  }
  double epochs_done() const { return static_cast<double>(step) / static_cast<double>(steps_per_epoch); }
  std::string name() const { return folder.filename().string(); }
};

std::time_t written_at(const fs::directory_entry& file) {
  std::error_code error;
  const auto time = file.last_write_time(error);
  if (error) return 0;
  return std::chrono::system_clock::to_time_t(
      std::chrono::file_clock::to_sys(std::chrono::time_point_cast<std::chrono::seconds>(time)));
}

// The sizes of all files, and when the last one was written.
void measure(RunInfo& run) {
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
  std::error_code error;
  if (!fs::is_regular_file(folder / "log.txt", error)) return 0;
  std::string line(24, '\0');
  std::ifstream(folder / "log.txt", std::ios::binary).read(line.data(), 23);
  std::tm time{};
  if (std::sscanf(line.c_str(), "%4d-%2d-%2d %2d:%2d:%2d", &time.tm_year, &time.tm_mon, &time.tm_mday,
                  &time.tm_hour, &time.tm_min, &time.tm_sec) != 6)
    return 0;
  time.tm_year -= 1900, time.tm_mon -= 1, time.tm_isdst = -1;
  return std::max<std::time_t>(std::mktime(&time), 0);
}

void read_config(RunInfo& run) {
  const fs::path file = run.folder / "config.yaml";
  run.config = config::from_yaml(core::read_file(file, kMaxConfigBytes, ErrorKind::checkpoint),
                                 printable(file.filename().string()));
}

// The step of the newest checkpoint whose header is whole.
bool read_checkpoint(RunInfo& run) {
  for (const fs::path& file : run::checkpoint_files(run.folder)) {
    try {
      const run::Loaded header{file, core::read_safetensors_header(file)};
      const std::int64_t step = header.integer(run::kKeyStep),
                         steps_per_epoch = header.integer(run::kKeyStepsPerEpoch);
      if (steps_per_epoch < 1 || steps_per_epoch > kMaxStepsPerEpoch)
        throw Error(ErrorKind::checkpoint,
                    str(printable(file.string()), ": an epoch of ", steps_per_epoch, " steps"));
      run.step = step, run.steps_per_epoch = steps_per_epoch;
      return true;
    } catch (const Error& error) {
      if (run.problem.empty()) run.problem = error.what();
    }
  }
  if (run.problem.empty()) run.problem = "it has no checkpoint";
  return false;
}

void look_at(RunInfo& run) {
  run.holder = run::lock_holder(run.folder);  // first: a run that ends meanwhile has all its files
  measure(run);
  run.started = first_logged(run.folder);
  run.last = run::last_metrics(run.folder / "metrics.jsonl");
  const bool running = run.holder.has_value();
  const bool has_checkpoint = read_checkpoint(run);
  try {
    read_config(run);
  } catch (const Error& error) {
    run.problem = error.what();
  }
  const bool known = has_checkpoint && run.config;
  if (running && has_checkpoint && run.last) run.step = std::max(run.step, run.last->step);
  const auto told = run::read_info(run.folder);
  const std::string ended = told ? run::state_at_rest(*told) : "";
  run.state = running                                ? "running"
              : !known                               ? "damaged"
              : run.step >= run.total_steps()        ? "finished"
              : ended.empty() || ended == "finished" ? "stopped"
                                                     : ended;
  if (running && !has_checkpoint) run.problem.clear();  // it has just begun
}

RunInfo info_of(const fs::path& folder) {
  RunInfo run{.folder = folder};
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
  std::error_code error;
  return run::run_number(folder.filename().string()) >= 0 || fs::exists(folder / "config.yaml", error) ||
         fs::exists(folder / "checkpoints", error);
}

std::string time_text(std::time_t time, const char* form) {
  std::tm local{};
  char text[40];
  if (time == 0 || !::localtime_r(&time, &local) || std::strftime(text, sizeof text, form, &local) == 0)
    return "";
  return text;
}

std::string fixed(double value, int digits) {
  if (std::abs(value) < 1e9) return core::fixed_text(value, digits);
  char text[32];  // all its digits would make the table as wide
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

// "3/25", "2.4/25"
std::string epochs_text(const RunInfo& run) {
  if (!run.config) return "";
  const std::string total = "/" + std::to_string(run.config->epochs);
  if (run.steps_per_epoch == 0) return "0" + total;
  return (run.step % run.steps_per_epoch == 0 ? std::to_string(run.step / run.steps_per_epoch)
                                              : fixed(run.epochs_done(), 1)) +
         total;
}

std::string metric_text(const spec::MetricFacts& metric, double value) {
  return metric.shown == spec::Shown::number ? fixed(value, 3) : spec::shown(metric, value);
}

Row as_row(const RunInfo& run) {
  const auto& [config, last] = std::tie(run.config, run.last);
  const double elapsed_s = last ? (*last)["elapsed_s"] : -1;
  Row row = {printable(run.name()),
             run.state,
             time_text(run.written, "%Y-%m-%d %H:%M"),
             elapsed_s >= 0 ? core::human_seconds(elapsed_s) : "",
             config ? printable(config->preset) : "",
             config ? config->dataset : "",
             epochs_text(run)};
  for (const auto metric : spec::metrics())
    if (metric.facts().list_column)
      row.push_back(last && last->has(metric) ? metric_text(metric.facts(), (*last)[metric]) : "");
  row.push_back(core::human_bytes(run.bytes));
  return row;
}

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json as_json(const RunInfo& run) {
  constexpr const char* kTime = "%Y-%m-%dT%H:%M:%S%z";
  const auto number = run::run_number(run.name());
  const bool known = run.config && run.steps_per_epoch > 0;
  const auto setting = [&](auto config::Config::*value) {
    return run.config ? Json((*run.config).*value) : Json();
  };
  Json object = {{"number", number >= 0 ? Json(number) : Json()},
                 {"name", run.name()},
                 {"path", run.folder.string()},
                 {"state", run.state},
                 {"problem", text_or_null(run.problem)},
                 {"holder", run.holder ? Json(*run.holder) : Json()},
                 {"started", text_or_null(time_text(run.started, kTime))},
                 {"last_written", text_or_null(time_text(run.written, kTime))},
                 {"preset", setting(&config::Config::preset)},
                 {"dataset", setting(&config::Config::dataset)},
                 {"data", setting(&config::Config::data)},
                 {"size", setting(&config::Config::size)},
                 {"epochs_done", known ? Json(run.epochs_done()) : Json()},
                 {"epochs", setting(&config::Config::epochs)},
                 {"step", run.step},
                 {"total_steps", known ? Json(run.total_steps()) : Json()}};
  for (const auto metric : spec::metrics())
    if (metric.facts().list_json)
      object[metric.facts().key] = run.last ? number_or_null((*run.last)[metric]) : Json();
  object["bytes"] = run.bytes;
  return object;
}

}  // namespace

void list_runs(const fs::path& runs, bool json) {
  std::error_code error;
  if (fs::exists(runs, error)) fs::directory_iterator(runs, error);  // one that cannot be read is not empty
  if (error)
    throw Error(ErrorKind::io,
                str("cannot list the folder ", printable(runs.string()), ": ", error.message()));
  std::vector<RunInfo> all;
  for (const fs::path& folder : run::run_folders(runs))
    if (looks_like_run(folder)) all.push_back(info_of(folder));
  if (json) {
    Json array = Json::array();
    for (const RunInfo& run : all) array.push_back(as_json(run));
    // A folder name need not be UTF-8.
    core::print(array.dump(2, ' ', false, Json::error_handler_t::replace));
    return;
  }
  if (all.empty()) {
    core::print(str("no runs in ", printable(runs.string()), "; facegan train makes one"));
    return;
  }
  std::vector<Row> rows = {{"run", "state", "last written", "trained", "preset", "data", "epochs"}};
  std::string sides = "llllllr";
  for (const auto metric : spec::metrics())
    if (metric.facts().list_column) rows[0].emplace_back(metric.facts().key), sides += 'r';
  rows[0].emplace_back("size"), sides += 'r';
  for (const RunInfo& run : all) rows.push_back(as_row(run));
  core::print(as_table(rows, sides));
  for (const RunInfo& run : all)
    if (!run.problem.empty()) core::print(str(printable(run.name()), ": ", run.problem));
}

}  // namespace facegan::app
