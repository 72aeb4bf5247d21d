#include "app/train/together.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/device/device.h"
#include "facegan/spec/catalogue.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

using core::str;

// Settings that may be other ones on every machine.
const std::set<std::string> kOfTheMachine = {"data", "out", "workers", "threads", "device", "rank_timeout"};

// From the command line or the environment: it is needed before there is a configuration.
std::string rank_timeout(const Invocation& invocation) {
  const config::Option& option = *config::find_option("rank_timeout");
  config::Config config;
  if (const char* value = std::getenv(config::environment_name(option.key).c_str()))
    config::set_option(config, option, value, "environment " + config::environment_name(option.key));
  for (const auto& flag : invocation.request.flags)
    if (flag.key == option.key) config::set_option(config, option, flag.value, flag.source);
  return config.rank_timeout;
}

}  // namespace

bool is_of_the_machine(const std::string& key) {
  return kOfTheMachine.contains(key);
}

void end_for_another(const std::string& why) {
  core::log_live_line("");
  core::log_error(why + "; nothing is lost but the steps since the last checkpoint: start all again");
  ::_exit(static_cast<int>(ErrorKind::rank));
}

std::unique_ptr<ranks::Team> join_team(const Invocation& invocation) {
  const auto place = ranks::find_place([](const char* name) { return std::getenv(name); });
  if (!place) return nullptr;
  if (!place->leads()) core::log_as(str("rank ", place->rank));
  auto team = std::make_unique<ranks::Team>(*place, config::parse_time_limit(rank_timeout(invocation)),
                                            end_for_another);
  if (place->size > 1)
    core::log_info(place->size, " ranks train together",
                   place->on_one_machine() ? "" : ", " + str(place->local_size) + " of them on this machine");
  return team;
}

void compare_settings(const ranks::Team& team, const Invocation& invocation, const config::Config& own) {
  std::vector<std::pair<std::string, std::string>> facts = {{"facegan", kVersion},
                                                            {"LibTorch", device::libtorch_version()}};
  for (const char* flag : {"resume", "autoresume", "dry-run", "allow-data-change", "allow-config-change"})
    facts.emplace_back(str("--", flag),
                       invocation.has(flag) ? invocation.text(flag, "") + " (given)" : "not given");
  for (const auto& option : config::options())
    if (option.sets.empty() && !kOfTheMachine.contains(option.key))
      facts.emplace_back(config::flag_name(option.key), config::get_option(own, option));
  team.compare("settings", facts);
}

void share_request(ranks::Team& team, train::TrainRequest& request, const config::Config& own) {
  const std::string text = team.share(config::to_yaml(request.config));
  const std::string folder = team.share(request.folder.string());
  request.team = &team;
  if (!team.leads()) {
    request.config = config::from_yaml(text, "rank 0's configuration");
    request.folder = folder;
    if (!own.data.empty()) request.config.data = own.data;
    resolve_machine_for(&team, request.config);
  }
  team.compare("machine",
               {{"the CPU's instruction level", device::cpu_capability(request.config)},
                {"the kind of device", request.config.device.substr(0, request.config.device.find(':'))}});
  team.connect(request.config.device);
}

void resolve_machine_for(const ranks::Team* team, config::Config& config) {
  const int shared_by = team ? team->place().local_size : 1;
  if (shared_by > 1) {
    // A run that goes on may have had more of the machine.
    const auto threads = std::exchange(config.threads, 0), workers = std::exchange(config.workers, 0);
    device::resolve_machine(config, shared_by);
    if (threads != 0) config.threads = std::min(threads, config.threads);
    if (workers != 0) config.workers = std::min(workers, config.workers);
  } else {
    device::resolve_machine(config);
  }
  if (shared_by == 1 || !config.device.starts_with("cuda")) return;
  const int gpus = static_cast<int>(device::cuda_status().devices.size());
  config.device = str("cuda:", team->place().local_rank % gpus);
}

}  // namespace facegan::app
