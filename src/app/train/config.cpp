// facegan config: the effective configuration, as YAML that is valid input again.
#include <unistd.h>

#include "app/command_line/commands.h"
#include "app/train/small_cpu.h"
#include "facegan/config/options.h"
#include "facegan/core/log.h"
#include "facegan/device/device.h"

namespace facegan::app {

int run_config(const Invocation& invocation) {
  config::Resolved resolved = config::resolve(invocation.request, environ);
  settle_small_cpu(resolved);
  auto& config = resolved.config;
  auto& sources = resolved.sources;
  const config::Config asked = config;
  device::resolve_machine(config);
  for (const auto& option : config::options())
    if (config::get_option(config, option) != config::get_option(asked, option))
      sources[option.key] += ": " + config::get_option(asked, option) + ", by this machine";
  std::string yaml = config::to_yaml(config, &sources);
  yaml.pop_back();  // print() ends the line
  core::print(yaml);
  return 0;
}

}  // namespace facegan::app
