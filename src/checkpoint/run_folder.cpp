#include "facegan/checkpoint/run_folder.h"

#include <algorithm>
#include <cstdio>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::checkpoint {
namespace {

using core::printable;
using core::str;
constexpr const char* kSuffix = ".safetensors";

// The number that a folder name begins with ("0012-dcgan" -> 12), or -1.
std::int64_t run_number(const std::string& name) {
  const auto end = name.find('-');
  if (end == std::string::npos || end == 0 || end > 9 ||
      !std::all_of(name.begin(), name.begin() + end, ::isdigit))
    return -1;
  return std::stoll(name.substr(0, end));
}

// Names of the runs in a folder, highest number first; not numbered ones last.
std::vector<fs::path> runs_in(const fs::path& runs) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runs, error))
    if (entry.is_directory(error)) found.push_back(entry.path());
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    const auto na = run_number(a.filename().string()), nb = run_number(b.filename().string());
    return na != nb ? na > nb : a < b;
  });
  return found;
}

}  // namespace

const std::string& Loaded::text(const char* key) const {
  const auto it = file.metadata.find(key);
  if (it == file.metadata.end())
    throw Error(ErrorKind::checkpoint,
                str(printable(path.string()), " is not a facegan checkpoint: it has no '", key, "'"));
  return it->second;
}

std::int64_t Loaded::integer(const char* key) const {
  std::int64_t value;
  if (!core::parse_integer(text(key), value) || value < 0)
    throw Error(ErrorKind::checkpoint, str(printable(path.string()), ": '", key, "' is '",
                                           printable(text(key)), "', not a whole number"));
  return value;
}

config::Config Loaded::config() const {
  try {
    config::Config config = config::from_yaml(text(kKeyConfig), printable(path.string()));
    config::build_networks(config);  // later it would be taken for a fault of the user's
    return config;
  } catch (const Error& error) {
    throw Error(ErrorKind::checkpoint,
                str(printable(path.string()), ": the configuration in it cannot be used: ", error.what()));
  }
}

fs::path next_run_folder(const fs::path& runs, const std::string& name) {
  std::int64_t highest = 0;
  for (const auto& run : runs_in(runs)) highest = std::max(highest, run_number(run.filename().string()));
  char number[24];
  std::snprintf(number, sizeof number, "%04lld-", static_cast<long long>(highest + 1));
  return runs / (number + name);
}

fs::path make_run_folder(const fs::path& runs, const std::string& name) {
  core::make_folder(runs);
  for (fs::path last;;) {
    const fs::path folder = next_run_folder(runs, name);
    std::error_code error;
    if (fs::create_directory(folder, error)) return folder;
    // Without an error it is there, made since its number was looked for; not twice, or runs cannot be read.
    if (error || folder == last)
      throw Error(ErrorKind::io, str("cannot make the folder ", printable(folder.string()), ": ",
                                     error ? error.message() : "it is there already"));
    last = folder;
  }
}

fs::path find_run(const std::string& run) {
  const fs::path runs = "runs";
  const auto all = runs_in(runs);
  if (run.empty()) {
    for (const auto& folder : all)
      for (const auto& file : checkpoint_files(folder)) {
        try {
          load_file(file);
          return folder;
        } catch (const Error&) {  // load_newest names it, unless a whole one comes before it
        }
      }
    throw Error(ErrorKind::checkpoint,
                "there is no run with a checkpoint in ./runs; train one first (facegan train), or name it");
  }
  // "12" or "0012"; a name that begins with a number is all of that name, or a slip would take another run.
  if (const auto number = run.find('-') == std::string::npos ? run_number(run + "-") : -1; number >= 0)
    for (const auto& folder : all)
      if (run_number(folder.filename().string()) == number) return folder;
  std::error_code error;  // a name that is too long, a folder that cannot be looked into: no run either
  if (run.find('/') == std::string::npos && fs::is_directory(runs / run, error)) return runs / run;
  if (fs::is_directory(run, error)) return run;
  std::vector<std::string> names;
  for (const auto& folder : all) names.push_back(folder.filename().string());
  const std::string hint = core::did_you_mean(run, names);
  throw Error(
      ErrorKind::checkpoint,
      str("no run '", printable(run), "' in ./runs or as a path",
          hint.empty() && !names.empty() ? "; the newest there is " + printable(names.front()) : hint));
}

std::vector<fs::path> checkpoint_files(const fs::path& run) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints", error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step_") && name.ends_with(kSuffix)) files.push_back(entry.path());
  }
  // Equal widths sort as numbers do; a longer name is a later step.
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    const auto x = a.filename().string(), y = b.filename().string();
    return x.size() != y.size() ? x.size() > y.size() : x > y;
  });
  return files;
}

fs::path checkpoint_path(const fs::path& run, std::int64_t step) {
  char name[48];
  std::snprintf(name, sizeof name, "step_%08lld%s", static_cast<long long>(step), kSuffix);
  return run / "checkpoints" / name;
}

std::int64_t checkpoint_step(const fs::path& file) {
  long long step;
  return std::sscanf(file.filename().c_str(), "step_%lld", &step) == 1 &&
                 checkpoint_path("", step).filename() == file.filename()
             ? step
             : -1;
}

Loaded load_file(const fs::path& path) {
  Loaded loaded{path, core::read_safetensors(path)};
  loaded.text(core::kChecksumKey);  // a checkpoint without one has lost it
  if (loaded.text(kKeyFormat) != kFormat)
    throw Error(ErrorKind::checkpoint,
                str(printable(path.string()), " has checkpoint format '", printable(loaded.text(kKeyFormat)),
                    "', this facegan reads format ", kFormat));
  return loaded;
}

Loaded load_newest(const fs::path& run) {
  const auto files = checkpoint_files(run);
  for (const auto& file : files) {
    try {
      return load_file(file);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::checkpoint) throw;
      core::log_warning("skipping a checkpoint: ", error.what());
    }
  }
  if (files.empty())
    throw Error(ErrorKind::checkpoint,
                str("no checkpoint in ", printable((run / "checkpoints").string()), ": this is no run"));
  throw Error(ErrorKind::checkpoint,
              str("no usable checkpoint in ", printable((run / "checkpoints").string()), ": all ",
                  files.size(), " are damaged or of another format; start a new run, or take another one"));
}

Loaded load_from(const std::string& run_or_file) {
  std::error_code error;  // then find_run says that there is none
  if (fs::is_regular_file(run_or_file, error)) return load_file(run_or_file);
  return load_newest(find_run(run_or_file));
}

}  // namespace facegan::checkpoint
