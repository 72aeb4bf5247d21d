#pragma once
// The figures of `evaluate` that compare sets in the features of a network.
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line/commands.h"
#include "app/table.h"
#include "facegan/core/log.h"
#include "facegan/evaluate/feature_distance.h"
#include "facegan/evaluate/pictures.h"
#include "facegan/infer/features.h"

namespace facegan::app {

// In the place of the line before, on a terminal.
inline void live(const std::string& text) {
  if (core::log_has_live_line()) core::log_live_line(text);
}

struct FeatureResult {
  evaluate::FeatureFigures figures;
  std::vector<std::string> metrics;  // that were asked for, and could be had
  std::string name, label, weights_hash, resize;
  std::int64_t width = 0;
};

// The network of --features, none where it was not given. Loaded before long work, so that a wrong call or
// file is told at once. Checks what --metrics names: Error(usage) for names that need features without it,
// and for "is" where the network knows no classes.
std::optional<infer::FeatureNetwork> feature_network(const Invocation& invocation, const run::Loaded& loaded,
                                                     const std::vector<std::string>& metrics);

// Those of the real pictures are kept in the cache folder. Shows the progress on the live line.
FeatureResult compute_feature_figures(const infer::FeatureNetwork& network, const evaluate::Pictures& real,
                                      const evaluate::Pictures& made, const std::vector<std::string>& metrics,
                                      std::uint64_t seed);

void add_feature_rows(std::vector<Row>& rows, const FeatureResult& result);
void add_feature_json(nlohmann::ordered_json& json, const FeatureResult& result);

}  // namespace facegan::app
