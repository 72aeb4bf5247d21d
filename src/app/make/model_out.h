#pragma once
// What the commands share that let a model out of the house.
#include <string>

#include "app/command_line/commands.h"
#include "facegan/infer/sampler.h"
#include "facegan/run/folder.h"

namespace facegan::app {

// RUN or --from, not both. Error(usage).
run::Loaded load_model_of(const Invocation& invocation);

// The page that computes the pictures of a generator. Says when it is large.
std::string page_of(const run::Loaded& loaded, infer::Weights weights);

// The run folder that a checkpoint lies in; empty for a file elsewhere.
std::filesystem::path run_of(const run::Loaded& loaded);

}  // namespace facegan::app
