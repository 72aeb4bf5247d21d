// facegan report: the page of a run again, or of several runs beside each other.
#include "facegan/report/report.h"

#include <algorithm>
#include <filesystem>

#include "app/command_line/commands.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"
#include "facegan/run/info.h"
#include "facegan/run/lock.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;

constexpr std::size_t kMaxRuns = 16;  // of a comparison: more curves are not told apart

fs::path run_folder(const std::string& run) {
  const fs::path folder = run::find_run(run);
  std::vector<std::string> names;
  for (const auto& file : {run::kConfigFile, run::kMetricsFile, run::kSamples}) {
    if (run::has_file(folder, file)) return folder;
    names.emplace_back(file.name);
  }
  throw Error(ErrorKind::checkpoint, str(core::printable(folder.string()),
                                         " is no run folder: it has neither ", core::join(names, " nor ")));
}

// "report_0001_0003.html": of numbers, where the runs have them.
fs::path comparison_name(const std::vector<fs::path>& runs) {
  std::string name = "report";
  for (const fs::path& run : runs) {
    const fs::path whole = fs::absolute(run).lexically_normal();
    const std::string folder = (whole.has_filename() ? whole : whole.parent_path()).filename().string();
    const std::string number = folder.substr(0, folder.find('-'));
    const bool numbered = !number.empty() && std::all_of(number.begin(), number.end(), ::isdigit);
    name += "_" + (numbered ? number : folder);
  }
  constexpr std::size_t kMaxName = 120;
  return name.substr(0, kMaxName) + ".html";
}

// A page goes by mail and onto phones.
void say_size(const fs::path& page) {
  constexpr std::uintmax_t kLarge = 20 << 20;  // bytes
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(page, error);
  if (error) return;
  core::log_info(core::printable(page.filename().string()), ": ", core::human_bytes(bytes), " in one file");
  if (bytes > kLarge)
    core::log_warning(
        core::printable(page.string()), " has ", core::human_bytes(bytes),
        ": too large for most mails, and slow to open on a phone; a smaller --grid makes smaller pages");
}

}  // namespace

int run_report(const Invocation& invocation) {
  std::vector<fs::path> runs;
  for (const std::string& run : invocation.arguments) runs.push_back(run_folder(run));
  if (runs.empty()) runs.push_back(run_folder(""));
  if (runs.size() > kMaxRuns)
    throw Error(ErrorKind::usage,
                str(runs.size(), " runs are too many for one page; name at most ", kMaxRuns));
  if (runs.size() > 1) {
    fs::path out = invocation.text("out", "");
    if (out.empty()) out = comparison_name(runs);
    report::write_comparison(runs, out);
    say_size(out);
    core::print(out.string());
    return 0;
  }
  if (invocation.has("out"))
    throw Error(ErrorKind::usage,
                str("--out is for comparisons; the report of one run is RUN/", run::kPageFile.name));
  const fs::path& run = runs.front();
  const auto info = run::read_info(run);
  const bool live = info && info->state == "running" && run::lock_holder(run).has_value();
  for (const fs::path& file : report::ReportWriter(run).write(live)) {
    if (file.extension() == ".html") say_size(file);
    core::print(file.string());
  }
  return 0;
}

}  // namespace facegan::app
