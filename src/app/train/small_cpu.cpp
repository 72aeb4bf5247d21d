#include "app/train/small_cpu.h"

#include "facegan/config/options.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"

namespace facegan::app {
namespace {

// Where it was measured to be better (two), and where a step still takes longer than its many small calls.
constexpr std::int64_t kFewThreads = 4;

bool is_small_cpu(config::Config config) {
  if (config.precision != "auto" && config.precision != "fp32") return false;
  device::resolve_machine(config);
  return config.device == "cpu" && config.precision == "fp32" && config.threads <= kFewThreads;
}

}  // namespace

std::string settle_small_cpu(config::Resolved& resolved) {
  if (resolved.small_cpu.empty() || !is_small_cpu(resolved.config)) return "";
  const config::Config before = resolved.config;
  if (!config::take_small_cpu(resolved)) return "";
  std::vector<std::string> taken, instead;
  for (const auto& setting : resolved.small_cpu) {
    const config::Option& option = *config::find_option(setting.key);
    taken.push_back(config::flag_name(setting.key) + " " + config::get_option(resolved.config, option));
    instead.push_back(config::flag_name(setting.key) + " " + config::get_option(before, option));
  }
  return core::str(core::join(taken, " "), ": for fp32 on few threads (", core::join(instead, " "),
                   ": as elsewhere)");
}

}  // namespace facegan::app
