// facegan train: a new run, or the rest of one.
#include "facegan/train/train.h"

#include <unistd.h>

#include "app/commands.h"
#include "app/waiting.h"
#include "facegan/checkpoint/run_folder.h"
#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"
#include "facegan/train/device.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;

// The checkpoint's configuration, with the few settings changed that a resume may change.
train::TrainRequest resume_request(const Invocation& invocation) {
  const auto& request = invocation.request;
  std::vector<std::string> allowed;
  for (const auto& option : config::options())
    if (option.on_resume) allowed.push_back(config::flag_name(option.key));
  const auto refuse = [&](const std::string& flag) {
    throw Error(ErrorKind::usage, str(flag, " cannot be changed when a run is resumed (only ",
                                      core::join(allowed, ", "), "); start a new run for it"));
  };
  if (!request.preset.empty()) refuse("--preset");
  if (!request.config_file.empty()) refuse("--config");
  for (const auto& flag : request.flags)
    if (!config::find_option(flag.key)->on_resume) refuse(config::flag_name(flag.key));

  train::TrainRequest out;
  out.folder = checkpoint::find_run(invocation.text("resume", ""));
  auto resume = train::find_resume(out.folder);
  out.checkpoint = resume.checkpoint;
  out.config = resume.config;
  for (const auto& flag : request.flags)
    config::set_option(out.config, *config::find_option(flag.key), flag.value, flag.source);
  if (out.config.device != "cpu" && !train::cuda_status().usable)
    throw Error(ErrorKind::usage,
                str(core::printable(out.folder.string()), " was trained on '", out.config.device,
                    "', which is not here (", train::cuda_status().why_not,
                    "); resume it on a machine with that device"));
  return out;
}

void refuse_used_folder(const fs::path& folder) {
  const std::string name = core::printable(folder.string());
  if (!checkpoint::checkpoint_files(folder).empty())
    throw Error(ErrorKind::usage, str("--out ", name, " already holds a run; continue it with --resume ",
                                      name, ", or choose another folder"));
  std::error_code error;  // a place that cannot be looked at cannot be written either
  if (fs::exists(folder / "config.yaml", error))
    throw Error(ErrorKind::usage,
                str("--out ", name,
                    " holds what is left of a run without a checkpoint; delete it, or choose "
                    "another folder"));
}

train::TrainRequest new_request(const Invocation& invocation) {
  train::TrainRequest out;
  out.config = config::resolve(invocation.request, environ).config;
  auto& config = out.config;
  if (config.dataset == "faces" && !config.data.empty())
    core::log_warning("--data ", core::printable(config.data),
                      " is not used: the data set faces is drawn by the program; "
                      "choose another one with --dataset (folder, celeba, lfw, mnist)");
  // Absolute, so that the run can be resumed from any folder.
  if (config.data.empty() && config.dataset != "faces")
    config.data = (fs::path("data") / config.dataset).string();
  if (!config.data.empty()) config.data = fs::absolute(config.data).lexically_normal().string();
  if (!core::is_utf8(config.data))
    throw Error(ErrorKind::usage,
                str("--data ", core::printable(config.data),
                    " is not UTF-8 and could not be found again by a resume; rename it, or name "
                    "a link to it"));
  out.folder = config.out.empty() ? checkpoint::next_run_folder("runs", config.preset) : fs::path(config.out);
  refuse_used_folder(out.folder);
  return out;
}

}  // namespace

int run_train(const Invocation& invocation) {
  let_waiting_threads_sleep();  // first: nothing may be said twice
  train::TrainRequest request =
      invocation.has("resume") ? resume_request(invocation) : new_request(invocation);
  train::resolve_machine(request.config);
  request.dry_run = invocation.has("dry-run");
  core::install_signal_handlers();
  const auto result = train::train(request);
  if (!result.folder.empty()) core::print(result.folder.string());
  return result.signal ? 128 + result.signal : 0;
}

}  // namespace facegan::app
