#include "app/data/config.h"

#include <unistd.h>

#include "facegan/machine/processor.h"

namespace facegan::app {

config::Config resolve_data(const Invocation& invocation) {
  config::Request request = invocation.request;
  request.needs_networks = false;
  if (invocation.has("grid")) request.flags.push_back({"grid", invocation.text("grid", ""), "flag --grid"});
  return config::resolve(request, environ).config;
}

int workers_of(const config::Config& config) {
  return config.workers > 0 ? static_cast<int>(config.workers) : machine::available_cores();
}

}  // namespace facegan::app
