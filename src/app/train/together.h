#pragma once
// `train` as one of several ranks: joining them, and agreeing on one request.
#include <memory>

#include "app/command_line/commands.h"
#include "facegan/ranks/team.h"
#include "facegan/train/train.h"

namespace facegan::app {

// As the environment says (ranks/place.h); nullptr: this process trains alone. Error(usage), Error(rank).
std::unique_ptr<ranks::Team> join_team(const Invocation& invocation);

// Whether a setting may be another one on every machine.
bool is_of_the_machine(const std::string& key);

// Tells that this process ends because another rank has, and ends it: the thread that trains may wait for
// that.
[[noreturn]] void end_for_another(const std::string& why);

// Together: Error(usage) where the ranks were not asked for the same. own: as this rank's command line,
// files and environment have it.
void compare_settings(const ranks::Team& team, const Invocation& invocation, const config::Config& own);

// Together: rank 0's request, for all. The others keep their own place of the pictures and their part of
// their machine.
void share_request(ranks::Team& team, train::TrainRequest& request, const config::Config& own);

// Of the team's machine: one GPU each, where there are as many, and a share of the cores.
void resolve_machine_for(const ranks::Team* team, config::Config& config);

}  // namespace facegan::app
