#pragma once
#include "app/command_line/commands.h"
#include "facegan/config/config.h"
#include "facegan/data/dataset.h"

namespace facegan::app {

// The data set of a run, or the one that the flags --dataset, --data, --where, --limit and --crop name
// instead, in the size of the run's networks.
data::DatasetOptions run_data(const Invocation& invocation, config::Config config);

}  // namespace facegan::app
