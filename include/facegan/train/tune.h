#pragma once
// Which settings are best on these pictures and this machine, within a time: short runs by successive halving
// (K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization",
// AISTATS 2016). All candidates of a round have trained for the same time, and each goes on where it stopped;
// the better half by the first figure of `evaluate` stays, and the first candidate always. Free of LibTorch.
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "facegan/config/config.h"

namespace facegan::train {

struct Candidate {
  std::string name;       // "batch 32, width 32"; "as it is"
  config::Config config;  // machine resolved
};

struct TuneRequest {
  std::vector<Candidate> candidates;  // the first is what the others have to beat
  double budget_s = 0;                // of training, in all
  std::filesystem::path folder;       // of the runs and their results; one that is there is gone on with
};

struct TunedCandidate {
  std::vector<double> figures;  // of each round that it was in; NaN where it failed
  double trained_s = 0;
  std::int64_t images = 0;  // seen
  std::string failure;      // why it went no further, or ""
};

struct TuneResult {
  std::vector<TunedCandidate> candidates;  // in the order of the request
  std::vector<double> rounds_s;            // that a candidate has trained for after each round
  std::size_t best = 0;                    // by the last round; the first one unless another is better
  int signal = 0;                          // that ended it early, or 0
};

// Error(usage) when the folder holds another tuning, Error(data), Error(io); what a candidate alone cannot do
// (diverge, too little memory) only takes that one out.
TuneResult tune(const TuneRequest& request);

// The seconds that each of so many candidates has trained for after each round: rounds share the budget
// evenly, a round its share among those that are in it.
std::vector<double> round_seconds(std::size_t candidates, double budget_s);
// How many are in each round: half as many as in the one before, two at least.
std::vector<std::size_t> round_sizes(std::size_t candidates);

}  // namespace facegan::train
