// facegan train: a new run, or the rest of one.
#include "facegan/train/train.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "app/command_line/commands.h"
#include "app/train/next_steps.h"
#include "app/train/settled.h"
#include "app/train/small_cpu.h"
#include "app/train/small_set.h"
#include "app/train/together.h"
#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/device/device.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"
#include "facegan/run/imported.h"
#include "facegan/spec/catalogue.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;

// The keys of --allow-config-change.
std::set<std::string> allowed_changes(const Invocation& invocation) {
  std::set<std::string> keys;
  for (const auto& word : core::split(invocation.text("allow-config-change", ""), ',')) {
    if (word.empty()) continue;
    std::string key = word.starts_with("--") ? word.substr(2) : word;
    std::replace(key.begin(), key.end(), '-', '_');
    std::vector<std::string> known;
    for (const auto& option : config::options()) known.emplace_back(option.key);
    if (!config::find_option(key))
      throw Error(ErrorKind::usage, str("--allow-config-change: unknown key '", core::printable(word), "'",
                                        core::did_you_mean(key, known)));
    keys.insert(key);
  }
  return keys;
}

// Error(usage) for settings that a resume cannot change.
void check_changes(const Invocation& invocation) {
  const auto& request = invocation.request;
  const auto changes = allowed_changes(invocation);
  std::vector<std::string> allowed;
  for (const auto& option : config::options())
    if (option.on_resume) allowed.push_back(config::flag_name(option.key));
  const auto refuse = [&](const std::string& flag, const std::string& way_out) {
    throw Error(ErrorKind::usage, str(flag, " cannot be changed when a run is resumed (only ",
                                      core::join(allowed, ", "), "); start a new run for it", way_out));
  };
  if (!request.preset.empty()) refuse("--preset", "");
  if (!request.config_file.empty()) refuse("--config", "");
  for (const auto& flag : request.flags) {
    const auto& option = *config::find_option(flag.key);
    const auto listed = [&](const std::string& key) { return changes.contains(key); };
    const bool all_listed = listed(flag.key) || (!option.sets.empty() &&
                                                 std::all_of(option.sets.begin(), option.sets.end(), listed));
    if (!option.on_resume && !option.stored && option.sets.empty()) refuse(config::flag_name(flag.key), "");
    if (!option.on_resume && !all_listed)
      refuse(config::flag_name(flag.key), str(", or add --allow-config-change ", flag.key));
  }
}

// What a folder's run goes on from. keep: no other process may have it from here on, before its checkpoints
// are looked at.
train::TrainRequest request_from(const fs::path& folder, bool keep) {
  train::TrainRequest out;
  out.folder = folder;
  if (keep) out.lock = std::make_shared<run::RunLock>(folder);
  out.from = run::load_newest(folder);
  run::refuse_imported(*out.from);
  out.config = out.from->config();
  return out;
}

// The checkpoint's configuration, with the few settings changed that a resume may change.
train::TrainRequest resume_request(const Invocation& invocation) {
  check_changes(invocation);
  const fs::path folder = run::find_run(invocation.text("resume", ""));
  train::TrainRequest out = request_from(folder, !invocation.has("dry-run") && !invocation.has("verify") &&
                                                     !run::checkpoint_files(folder).empty());
  out.allow_data_change = invocation.has("allow-data-change");
  const std::string device = out.config.device;
  if (!invocation.request.flags.empty()) {
    out.config = config::changed(out.config, invocation.request.flags);
    settle_data(out.config);
    settle_features(out.config, out.config.evaluate_every != "0");
  }
  if (out.config.device == device && device.starts_with("cuda") && !device::cuda_status().usable)
    throw Error(ErrorKind::usage, str(core::printable(out.folder.string()), " was trained on '", device,
                                      "', which is not here (", device::cuda_status().why_not,
                                      "); resume it on a machine with that device"));
  return out;
}

void refuse_used_folder(const fs::path& folder) {
  const std::string name = core::printable(folder.string());
  if (!run::checkpoint_files(folder).empty())
    throw Error(ErrorKind::usage, str("--out ", name, " already holds a run; continue it with --resume ",
                                      name, ", or choose another folder"));
  if (!run::has_file(folder, run::kConfigFile)) return;
  // A run that has just begun has no checkpoint either.
  if (run::has_file(folder, run::kLockFile)) const run::RunLock not_live(folder);
  throw Error(ErrorKind::usage, str("--out ", name,
                                    " holds what is left of a run without a checkpoint; delete it, or choose "
                                    "another folder"));
}

// The settings of a command as a new run has them.
void settle(const Invocation& invocation, config::Resolved& resolved) {
  auto& config = resolved.config;
  settle_data(config);
  settle_features(config, config.evaluate_every != "0");
  const bool chosen = !resolved.sources.at("preset").starts_with("default");
  settle_start(config, chosen || !invocation.request.config_file.empty());
  settle_small_set(resolved);
}

// before: the folder of a run of the same command that was broken off before its first checkpoint, or "".
// alone: not as one of several ranks, which share a batch.
train::TrainRequest new_request(const Invocation& invocation, const fs::path& before, bool alone) {
  train::TrainRequest out;
  config::Resolved resolved = config::resolve(invocation.request, environ);
  auto& config = resolved.config;
  if (!spec::find_dataset(config.dataset).reads_files && !config.data.empty())
    core::log_warning("--data ", core::printable(config.data), " is not used: the data set ", config.dataset,
                      " is drawn by the program; "
                      "choose another one with --dataset (folder, celeba, lfw, mnist)");
  settle(invocation, resolved);
  const std::string told = alone ? settle_small_cpu(resolved) : "";
  if (!before.empty()) config.out = before.string();
  out.config = config;
  out.folder = config.out.empty() ? run::next_run_folder("runs", config.preset) : fs::path(config.out);
  if (before.empty()) refuse_used_folder(out.folder);
  if (!told.empty()) core::log_info(told);
  return out;
}

// Flags that only mean something with another one, or without it.
void check_flags(const Invocation& invocation) {
  if (invocation.has("resume") && invocation.has("autoresume"))
    throw Error(ErrorKind::usage, "--resume and --autoresume exclude each other");
  if (invocation.has("resume"))
    for (const auto& flag : invocation.request.flags)
      if (flag.key == "init_from")
        throw Error(ErrorKind::usage,
                    "--init-from begins a new run and --resume goes on with one: leave one of them out");
  if (!invocation.has("resume"))
    for (const char* flag : {"verify", "allow-data-change", "allow-config-change"})
      if (invocation.has(flag)) throw Error(ErrorKind::usage, str("--", flag, " goes with --resume"));
  if (!invocation.has("verify")) return;
  for (const char* flag : {"dry-run", "allow-data-change", "allow-config-change", "preview"})
    if (invocation.has(flag))
      throw Error(ErrorKind::usage, str("--verify and --", flag, " exclude each other"));
  for (const auto& flag : invocation.request.flags)
    if (flag.key != "workers")
      throw Error(ErrorKind::usage,
                  str("--verify takes the run as it is, without ", config::flag_name(flag.key)));
}

// Of a command that is started again: the folder of its run, "" = there is none yet.
fs::path folder_of_restart(const Invocation& invocation, ranks::Team* team) {
  // torchrun's store outlives the ranks that it starts again.
  if (team)
    if (const std::string noted = team->remembered(train::kFolder); !noted.empty()) return noted;
  const bool restarted = team && team->place().restarts > 0;
  if (!invocation.has("autoresume") && !restarted) return {};
  for (const auto& flag : invocation.request.flags)
    if (flag.key == "out") return flag.value;
  if (restarted) return {};
  throw Error(ErrorKind::usage, "--autoresume needs --out DIR: the folder that the run is found in again");
}

// A run that was begun by the same command: goes on where there is a checkpoint. Error(usage) when the
// command asks for something else than the run is.
train::TrainRequest restart_request(const Invocation& invocation, const fs::path& folder, ranks::Team* team) {
  train::TrainRequest out = request_from(folder, /*keep=*/true);
  config::Resolved asked = config::resolve(invocation.request, environ);
  settle(invocation, asked);
  resolve_machine_for(team, asked.config);
  config::Resolved small = asked;  // as it was settled, perhaps on another machine
  config::take_small_cpu(small);
  std::vector<config::Setting> changes;
  for (const auto& option : config::options()) {
    const auto source = asked.sources.find(option.key);
    if (!option.sets.empty() || !option.stored || is_of_the_machine(option.key) ||
        source == asked.sources.end() || source->second == "default" || source->second.starts_with("preset "))
      continue;
    const std::string now = config::get_option(asked.config, option),
                      then = config::get_option(out.config, option);
    // These are settled by the machine, the pictures and the time that there are.
    const bool is_settled = config::get_option(small.config, option) == then ||
                            (option.key == std::string("batch") && asked.config.batch > out.config.batch) ||
                            (option.key == std::string("epochs") && asked.config.epochs == 0);
    if (now == then || is_settled) continue;
    if (!option.on_resume)
      throw Error(ErrorKind::usage,
                  str(core::printable(folder.string()), " holds a run with ", config::flag_name(option.key),
                      ' ', core::printable(then), ", not ", core::printable(now), " (", source->second,
                      "); choose another --out, or leave that as it was"));
    changes.push_back({option.key, now, source->second});
  }
  out.config = config::changed(out.config, changes);
  out.config.data = asked.config.data;
  return out;
}

train::TrainRequest request_of(const Invocation& invocation, ranks::Team* team) {
  if (invocation.has("resume")) return resume_request(invocation);
  const fs::path before = folder_of_restart(invocation, team);
  if (!before.empty() && !run::checkpoint_files(before).empty())
    return restart_request(invocation, before, team);
  return new_request(invocation, before, !team || team->place().size == 1);
}

// As one of several ranks, of which only the first one reads the run.
train::TrainRequest request_of_rank(const Invocation& invocation, ranks::Team& team) {
  const bool is_new = !invocation.has("resume");
  config::Config own;
  if (is_new)
    own = config::resolve(invocation.request, environ).config;
  else  // what is to change of a run that only rank 0 reads
    for (const auto& flag : invocation.request.flags)
      config::set_option(own, *config::find_option(flag.key), flag.value, flag.source);
  compare_settings(team, invocation, own);
  if (is_new || !own.data.empty()) settle_data(own);
  train::TrainRequest request;
  if (team.leads()) {
    request = request_of(invocation, &team);
    request.team = &team;
    resolve_machine_for(&team, request.config);
    request.config.epochs = train::epochs_of(request);
  }
  share_request(team, request, own);
  return request;
}

int train_and_tell(const Invocation& invocation, ranks::Team* team) {
  std::optional<report::Preview> preview;
  if (invocation.has("preview")) preview.emplace(invocation.text("preview", ""));
  train::TrainRequest request = team ? request_of_rank(invocation, *team) : request_of(invocation, nullptr);
  if (!team) device::resolve_machine(request.config);
  if (invocation.has("verify")) {
    request.from.reset();  // it reads the two that it compares
    train::verify(request.folder, request.config);
    return 0;
  }
  if (!request.from && request.config.preset == "faces" && invocation.request.preset.empty() &&
      invocation.request.config_file.empty() && request.config.device.starts_with("cuda"))
    core::log_info("the preset faces is made for CPUs: on a GPU --preset faces-gpu makes better pictures");
  request.dry_run = invocation.has("dry-run");
  request.preview = preview;
  const config::Config config = request.config;
  const auto result = train::train(std::move(request));
  if (!result.folder.empty() && (!team || team->leads())) {
    log_next_steps(invocation.program, config, result);
    core::print(result.folder.string());
  }
  if (team) team->leave();
  return result.signal ? 128 + result.signal : 0;
}

}  // namespace

int run_train(const Invocation& invocation) {
  check_flags(invocation);
  // What writes nothing ends at once.
  if (!invocation.has("verify") && !invocation.has("dry-run")) core::install_signal_handlers();
  std::unique_ptr<ranks::Team> team;
  try {
    team = join_team(invocation);
  } catch (const Error& error) {
    if (core::stop_signal() == 0) throw;
    core::log_info(error.what());
    return 128 + core::stop_signal();
  }
  if (!team) return train_and_tell(invocation, nullptr);
  try {
    if (invocation.has("verify"))
      throw Error(ErrorKind::usage, "--verify is for one process: start it without torchrun");
    return train_and_tell(invocation, team.get());
  } catch (const Error& error) {
    // What all find at once one of them tells.
    const bool of_another = error.kind() == ErrorKind::rank;
    if (!team->fail(error.what(), of_another) && !team->leads()) ::_exit(static_cast<int>(error.kind()));
    if (of_another) end_for_another(error.what());
    throw;
  } catch (const std::exception& error) {
    team->fail(error.what(), /*of_another=*/false);
    throw;
  }
}

}  // namespace facegan::app
