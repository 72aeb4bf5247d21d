#include "app/train/next_steps.h"

#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;

// With a slash: not a flag, and as a RUN not the number or the name of another one in ./runs.
std::string quoted(const fs::path& path) {
  const std::string text = path.string();
  return core::shell_quoted(text.find('/') == std::string::npos ? "./" + text : text);
}

// The settings that make a complete run longer; none for one that was stopped.
std::string longer(const config::Config& config, const train::TrainResult& result) {
  std::string flags;
  if (config.max_steps > 0 && result.steps >= config.max_steps)
    flags += str(" --max-steps ", 2 * config.max_steps);
  if (result.steps >= result.epochs * result.steps_per_epoch) flags += str(" --epochs ", 2 * result.epochs);
  return flags;
}

}  // namespace

std::vector<fs::path> files_to_look_at(const fs::path& run) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::path grid;
  fs::file_time_type newest{};
  const fs::path samples = run::file_in(run, run::kSamples).path(),
                 real = run::file_in(run, run::kRealGrid).path();
  for (const auto& entry : fs::directory_iterator(samples, error)) {
    const auto time = entry.last_write_time(error);
    if (error || entry.path() == real || entry.path().extension() != ".png") continue;
    if (grid.empty() || time > newest || (time == newest && entry.path() > grid))
      grid = entry.path(), newest = time;
  }
  if (!grid.empty()) files.push_back(grid);
  std::vector<core::Inside> others = {run::file_in(run, run::kAnimationFile),
                                      run::file_in(run, run::kPageFile)};
  if (const auto checkpoints = run::checkpoint_files(run); !checkpoints.empty())
    others.push_back(checkpoints.front());
  for (const core::Inside& file : others)
    if (core::exists(file)) files.push_back(file.path());
  return files;
}

std::vector<std::string> next_commands(const std::string& program, const config::Config& config,
                                       const train::TrainResult& result) {
  const std::string facegan = core::shell_quoted(program), run = quoted(result.folder);
  const std::string best = result.best_step > 0 && result.best_step < result.steps
                               ? quoted(fs::path(result.folder.string() + "@best"))
                               : run;
  return {str(facegan, " sample --from ", best, " --seed 1234"), str(facegan, " explore ", best),
          str(facegan, " interpolate --from ", best, " --seed 1,2,3 --out walk.gif"),
          str(facegan, " report ", run), str(facegan, " train --resume ", run, longer(config, result))};
}

void log_next_steps(const std::string& program, const config::Config& config,
                    const train::TrainResult& result) {
  if (!core::shows_as_it_is(program) || !core::shows_as_it_is(result.folder.string()))
    return;  // nothing to paste
  core::log_info("to look at in ", quoted(result.folder), ":");
  for (const fs::path& file : files_to_look_at(result.folder)) core::log_info("  ", quoted(file));
  core::log_info("to try next:");
  for (const std::string& command : next_commands(program, config, result)) core::log_info("  ", command);
}

}  // namespace facegan::app
