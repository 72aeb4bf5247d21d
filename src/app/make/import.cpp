// facegan import: weights that others have trained become a run.
#include "facegan/exchange/import.h"

#include <unistd.h>

#include <filesystem>

#include "app/command_line/commands.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"
#include "facegan/run/imported.h"
#include "facegan/run/info.h"
#include "facegan/run/lock.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;

void check_call(const Invocation& invocation) {
  if (invocation.arguments.empty() || invocation.arguments.size() > 2)
    throw Error(ErrorKind::usage,
                "import needs one or two files of weights, safetensors or .pth: of the generator, of the "
                "discriminator, or of both");
  if (invocation.request.preset.empty() && invocation.request.config_file.empty())
    throw Error(
        ErrorKind::usage,
        "import needs --preset NAME (dcgan for the networks of the PyTorch example), or --config FILE: "
        "weights do not say what they are of");
}

std::vector<exchange::WeightsFile> open_files(const Invocation& invocation) {
  std::vector<exchange::WeightsFile> files;
  for (const std::string& file : invocation.arguments) files.emplace_back(file);
  return files;
}

// Without their folders: a run may be given away.
std::vector<std::string> names_of(const std::vector<exchange::WeightsFile>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(core::printable(file.path().filename().string()));
  return names;
}

fs::path folder_of(const Invocation& invocation, const config::Config& config) {
  const fs::path out = invocation.text("out", "");
  if (invocation.has("out") && out.empty()) throw Error(ErrorKind::usage, "--out needs the name of a folder");
  std::error_code error;
  if (!out.empty() && fs::exists(out, error) && !fs::is_empty(out, error))
    throw Error(ErrorKind::usage, str("--out ", core::printable(out.string()),
                                      " is there and not empty; choose another folder"));
  return out.empty() ? run::make_run_folder("runs", config.preset.empty() ? "import" : config.preset) : out;
}

void tell(const exchange::TakenNetworks& taken, const config::Config& config) {
  for (const auto* network : {&taken.generator, &taken.mean, &taken.discriminator})
    if (network->is_there()) core::log_info(network->from);
  for (const auto& [network, who] :
       {std::pair{&taken.generator, "generator"}, {&taken.discriminator, "discriminator"}})
    if (!network->is_there())
      core::log_warning("no ", who, " is in what was given: it has its first weights, by seed ", config.seed,
                        ", and has learned nothing");
  if (!taken.left.empty()) core::log_warning("not taken: ", core::join(taken.left, ", "));
  if (config.condition != "none")
    core::log_info("samples show classes in turn, or attributes by chance: no real pictures are known yet");
}

}  // namespace

int run_import(const Invocation& invocation) {
  check_call(invocation);
  const config::Config config = config::resolve(invocation.request, environ).config;
  const auto files = open_files(invocation);
  const exchange::TakenNetworks taken = exchange::take_networks(files, config);
  const std::string bytes = exchange::imported_checkpoint(taken, config);
  const fs::path folder = folder_of(invocation, config);
  core::make_folder(folder);
  const run::RunLock lock(folder);
  core::make_folder(run::file_in(folder, run::kCheckpoints));
  run::write_file(folder, run::kConfigFile, config::to_yaml(config));
  run::write_file(folder, run::kInfoFile,
                  run::info_json({.state = run::kImported,
                                  .version = kVersion,
                                  .imported_from = core::join(names_of(files), ", ")}));
  core::write_file_atomic(run::checkpoint_file(folder, 0), bytes);
  tell(taken, config);
  core::print(folder.string());
  return 0;
}

}  // namespace facegan::app
