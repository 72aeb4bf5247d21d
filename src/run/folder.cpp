#include "facegan/run/folder.h"

#include <algorithm>
#include <cstdio>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/run/best.h"
#include "facegan/run/files.h"

namespace facegan::run {
namespace {

using core::printable;
using core::str;
constexpr const char* kSuffix = ".safetensors";

constexpr std::size_t kMaxNamed = 8;  // in a message
constexpr std::size_t kMaxFiles = 1'000'000;

// "; there are a, b, c and 4 more", or "" when there is nothing.
std::string there_are(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::vector<std::string> some;
  for (std::size_t i = 0; i < std::min(names.size(), kMaxNamed); ++i) some.push_back(printable(names[i]));
  return str(names.size() == 1 ? "; there is " : "; there are ", core::join(some, ", "),
             names.size() > kMaxNamed ? str(" and ", names.size() - kMaxNamed, " more") : "");
}

std::vector<std::string> names_of(const std::vector<core::Inside>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.name.filename().string());
  return names;
}

std::vector<std::string> names_of(const std::vector<fs::path>& paths) {
  std::vector<std::string> names;
  for (const auto& path : paths) names.push_back(path.filename().string());
  return names;
}

// What is nearest to a path that leads nowhere, beside it: "runs/0003-dcgan" for "runs/0003-dcgam".
std::string nearest_path(const fs::path& path) {
  const fs::path folder = path.parent_path(), name = path.filename();
  std::vector<std::string> beside;
  try {
    beside = name.extension() == kSuffix ? names_of(checkpoint_files(folder.parent_path()))
                                         : names_of(run_folders(folder));
  } catch (const Error&) {  // a hint less
  }
  const std::string best = core::nearest(name.string(), beside);
  return best.empty() ? "" : str(", did you mean '", (folder / best).string(), "'?");
}

[[noreturn]] void refuse_run(const std::string& run) {
  const std::vector<std::string> names = names_of(run_folders("runs"));
  std::string hint = core::did_you_mean(run, names);
  if (hint.empty() && run.find('/') != std::string::npos) hint = nearest_path(run);
  throw Error(ErrorKind::checkpoint, str("no run '", printable(run), "' in ./runs or as a path",
                                         !hint.empty()   ? printable(hint)
                                         : names.empty() ? "; there are no runs in ./runs"
                                                         : there_are(names)));
}

// The checkpoint file of RUN@STEP.
core::Inside file_of_step(const std::string& run, std::int64_t step) {
  const fs::path folder = find_run(run);
  const core::Inside file = checkpoint_file(folder, step);
  if (core::is_file(file)) return file;
  std::vector<std::string> steps;
  for (const auto& other : checkpoint_files(folder))
    if (checkpoint_step(other) >= 0) steps.push_back(std::to_string(checkpoint_step(other)));
  throw Error(ErrorKind::checkpoint,
              str(printable(folder.string()), " has no checkpoint of step ", step, there_are(steps)));
}

core::Inside file_of_best(const std::string& run) {
  const fs::path folder = find_run(run);
  const core::Inside file = best_checkpoint(folder);
  if (core::is_file(file)) return file;
  throw Error(ErrorKind::checkpoint,
              str(printable(folder.string()), " has no best checkpoint: train with --evaluate-every 1"));
}

Loaded checked(Loaded loaded) {
  loaded.text(core::kChecksumKey);  // a checkpoint without one has lost it
  if (loaded.text(kKeyFormat) != kFormat)
    throw Error(ErrorKind::checkpoint,
                str(printable(loaded.path.string()), " has checkpoint format '",
                    printable(loaded.text(kKeyFormat)), "', this facegan reads format ", kFormat));
  return loaded;
}

}  // namespace

constexpr std::size_t kRunDigits = 9;
constexpr std::int64_t kMaxRunNumber = 999'999'999;

std::int64_t run_number(const std::string& name) {
  const auto end = name.find('-');
  if (end == std::string::npos || end == 0 || end > kRunDigits ||
      !std::all_of(name.begin(), name.begin() + end, ::isdigit))
    return -1;
  return std::stoll(name.substr(0, end));
}

std::vector<fs::path> run_folders(const fs::path& runs) {
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
  fs::path last;
  for (const auto& run : run_folders(runs))
    if (const std::int64_t number = run_number(run.filename().string()); number > highest)
      highest = number, last = run;
  if (highest >= kMaxRunNumber)
    throw Error(ErrorKind::usage, str(printable(last.string()),
                                      " has the last number that there is for a run: rename that "
                                      "folder, or choose another one with --out"));
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
  const auto all = run_folders(runs);
  if (run.empty()) {
    std::optional<std::pair<fs::path, std::string>> passed_over;
    const auto pass_over = [&](const fs::path& folder, const Error& error) {
      if (error.kind() == ErrorKind::io) throw error;  // nothing is wrong with it
      if (!passed_over) passed_over.emplace(folder, error.what());
    };
    const auto is_usable = [&](const fs::path& folder) {
      try {
        for (const auto& file : checkpoint_files(folder)) {
          try {
            load_file(file);
            return true;
          } catch (const Error& error) {
            pass_over(folder, error);
          }
        }
      } catch (const Error& error) {
        pass_over(folder, error);
      }
      return false;
    };
    for (const auto& folder : all) {
      if (!is_usable(folder)) continue;
      if (passed_over && passed_over->first != folder)
        core::log_warning("taking ", printable(folder.string()), " in place of the newer ",
                          printable(passed_over->first.string()), ": ", passed_over->second);
      return folder;
    }
    throw Error(ErrorKind::checkpoint,
                "there is no run with a checkpoint in ./runs; train one first (facegan train), or name it");
  }
  // "12" or "0012"; a name that begins with a number is all of that name, or a slip would take another run.
  if (const auto number = run.find('-') == std::string::npos ? run_number(run + "-") : -1; number >= 0) {
    std::vector<fs::path> found;
    for (const auto& folder : all)
      if (run_number(folder.filename().string()) == number) found.push_back(folder);
    if (found.size() > 1)
      throw Error(ErrorKind::checkpoint, str(found.size(), " runs have the number ", number, ": name ",
                                             printable(core::join(names_of(found), " or "))));
    if (!found.empty()) return found.front();
  }
  std::error_code error;  // a name that is too long, a folder that cannot be looked into: no run either
  if (run.find('/') == std::string::npos && fs::is_directory(runs / run, error)) return runs / run;
  if (fs::is_directory(run, error)) return run;
  refuse_run(run);
}

std::vector<core::Inside> checkpoint_files(const fs::path& run) {
  const core::Inside folder = file_in(run, kCheckpoints);
  std::vector<core::Inside> files;
  for (const std::string& name : core::names_in(folder, kMaxFiles))
    if (name.starts_with("step_") && name.ends_with(kSuffix)) files.push_back(folder / name);
  // Equal widths sort as numbers do; a longer name is a later step.
  std::sort(files.begin(), files.end(), [](const core::Inside& a, const core::Inside& b) {
    const auto x = a.name.string(), y = b.name.string();
    return x.size() != y.size() ? x.size() > y.size() : x > y;
  });
  return files;
}

core::Inside checkpoint_file(const fs::path& run, std::int64_t step) {
  char name[48];
  std::snprintf(name, sizeof name, "step_%08lld%s", static_cast<long long>(step), kSuffix);
  return file_in(run, kCheckpoints) / name;
}

std::int64_t checkpoint_step(const core::Inside& file) {
  long long step;
  return std::sscanf(file.name.filename().c_str(), "step_%lld", &step) == 1 &&
                 checkpoint_file("", step).name.filename() == file.name.filename()
             ? step
             : -1;
}

config::Config read_config(const fs::path& run, const std::string& called) {
  return config::from_yaml(read_file(run, kConfigFile, ErrorKind::checkpoint), called);
}

Loaded load_file(const fs::path& path) {
  return checked({path, core::read_safetensors(path)});
}

Loaded load_file(const core::Inside& file) {
  core::Fd fd = core::open_for_reading(file, ErrorKind::checkpoint);
  return checked({file.path(), core::read_safetensors(std::move(fd), file.path())});
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
    throw Error(
        ErrorKind::checkpoint,
        str("no checkpoint in ", printable(file_in(run, kCheckpoints).path().string()), ": this is no run"));
  throw Error(ErrorKind::checkpoint,
              str("no usable checkpoint in ", printable(file_in(run, kCheckpoints).path().string()), ": all ",
                  files.size(), " are damaged or of another format; start a new run, or take another one"));
}

Loaded load_from(const std::string& run_or_file) {
  std::error_code error;  // then find_run says that there is none
  if (fs::is_regular_file(run_or_file, error)) return load_file(run_or_file);
  const auto at = run_or_file.rfind('@');
  if (at != std::string::npos && !fs::exists(run_or_file, error) &&
      !fs::exists(fs::path("runs") / run_or_file, error)) {
    const std::string run = run_or_file.substr(0, at), which = run_or_file.substr(at + 1);
    if (which == "best") return load_file(file_of_best(run));
    if (std::int64_t step; core::parse_integer(which, step) && step >= 0)
      return load_file(file_of_step(run, step));
  }
  return load_newest(find_run(run_or_file));
}

}  // namespace facegan::run
