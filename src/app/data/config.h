#pragma once
// What the data commands share.
#include "app/command_line/commands.h"

namespace facegan::app {

// The settings of a call that is about pictures only: of sizes, too, that no network makes.
config::Config resolve_data(const Invocation& invocation);
// Threads to read with.
int workers_of(const config::Config& config);

}  // namespace facegan::app
