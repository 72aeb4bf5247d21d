#pragma once
// What the commands share that let a model out of the house.
#include <string>

#include "app/command_line/commands.h"
#include "facegan/exchange/network.h"
#include "facegan/run/folder.h"

namespace facegan::app {

// RUN or --from, not both. Error(usage).
run::Loaded load_model_of(const Invocation& invocation);

// The page that computes the pictures of a checkpoint's generator. Says when it is large.
std::string page_of(const run::Loaded& loaded, exchange::Network generator);

// Of a file in the current folder: a run's name, or "model" for one that could be taken for something else.
std::string stem_of(const std::string& name);

// The run folder that a checkpoint lies in; empty for a file elsewhere.
std::filesystem::path run_of(const run::Loaded& loaded);

}  // namespace facegan::app
