#include "app/look/evaluate_features.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/json_number.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/evaluate/feature_cache.h"

namespace facegan::app {
namespace {

using core::str;
using Json = nlohmann::ordered_json;

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

infer::FeatureNetwork load_network(const Invocation& invocation, const run::Loaded& loaded) {
  const std::string named = invocation.text("features", ""), device = invocation.text("device", "auto");
  const std::string resize = invocation.text("resize", "clean");
  if (resize != "clean" && resize != "legacy")
    throw Error(ErrorKind::usage, str("--resize is clean or legacy, not '", core::printable(resize), "'"));
  const bool builtin = named == "lite0" || named == "d";
  for (const char* flag : {"resize", "trust-script"})
    if (builtin && invocation.has(flag))
      throw Error(ErrorKind::usage, str("--", flag, " is for --features FILE, a TorchScript file"));
  if (named == "lite0") return infer::FeatureNetwork::lite0(infer::lite0_weights(), device);
  if (named == "d") return infer::FeatureNetwork::discriminator(loaded, device);
  return infer::FeatureNetwork::file(named, resize == "clean" ? infer::Resize::clean : infer::Resize::legacy,
                                     invocation.has("trust-script"), device);
}

// Shows how far it is of so many pictures.
std::function<void(std::size_t)> progress_of(const std::string& what, std::size_t count) {
  const auto start = std::chrono::steady_clock::now();
  return [=](std::size_t done) {
    if (!core::log_has_live_line()) return;
    const std::chrono::duration<double> so_far = std::chrono::steady_clock::now() - start;
    const double left = so_far.count() / static_cast<double>(done) * static_cast<double>(count - done);
    live(str("features of ", what, " pictures: ", done, " of ", count, ", ", core::human_seconds(left),
             " left"));
  };
}

}  // namespace

std::optional<infer::FeatureNetwork> feature_network(const Invocation& invocation, const run::Loaded& loaded,
                                                     const std::vector<std::string>& metrics) {
  const auto& known = evaluate::feature_metric_names();
  const auto needs = std::find_first_of(metrics.begin(), metrics.end(), known.begin(), known.end());
  if (!invocation.has("features")) {
    if (needs != metrics.end())
      throw Error(ErrorKind::usage, str("--metrics ", *needs, " needs --features: lite0, a file or d"));
    for (const char* flag : {"resize", "trust-script"})
      if (invocation.has(flag)) throw Error(ErrorKind::usage, str("--", flag, " needs --features FILE"));
    return {};
  }
  if (needs == metrics.end())
    throw Error(ErrorKind::usage,
                str("--features is for ", core::join(known, ", "), ", of which --metrics has none"));
  infer::FeatureNetwork network = load_network(invocation, loaded);
  if (invocation.has("metrics") && contains(metrics, "is") && !network.has_logits())
    throw Error(ErrorKind::usage, str("--metrics is: ", core::printable(network.name()),
                                      " knows no classes; lite0 and NVIDIA's Inception do"));
  return network;
}

FeatureResult compute_feature_figures(const infer::FeatureNetwork& network, const evaluate::Pictures& real,
                                      const evaluate::Pictures& made, const std::vector<std::string>& metrics,
                                      std::uint64_t seed) {
  FeatureResult result{{}, {}, network.name(), network.label(), network.weights_hash(), network.resize()};
  for (const std::string& name : metrics)
    if (contains(evaluate::feature_metric_names(), name) && (name != "is" || network.has_logits()))
      result.metrics.push_back(name);
  infer::Features theirs;
  if (result.metrics != std::vector<std::string>{"is"})
    theirs = evaluate::real_features(network, real, true, progress_of("real", real.count()));
  const auto ours = evaluate::features_of(network, made, contains(result.metrics, "is"),
                                          progress_of("generated", made.count()));
  result.width = ours.features.width;
  if (theirs.width != 0 && theirs.width != result.width)
    throw Error(ErrorKind::checkpoint, str(core::printable(result.name), ": it makes features of ",
                                           theirs.width, " and of ", result.width, " numbers"));
  if (const auto least = std::min(real.count(), made.count());
      contains(result.metrics, "fid") && static_cast<std::int64_t>(least) <= result.width)
    core::log_warning("fid in ", result.width, " features of ", least,
                      " pictures: too few for their covariance, and larger than that of more; take a larger "
                      "--count, and compare only figures of the same one");
  result.figures = evaluate::measure_features(theirs, ours.features, ours.logits, result.metrics, seed,
                                              [](const std::string& name) { live("computing " + name); });
  return result;
}

void add_feature_rows(std::vector<Row>& rows, const FeatureResult& result) {
  const auto add = [&](const char* name, double value, int digits, const std::string& says) {
    if (!std::isnan(value) && contains(result.metrics, name))
      rows.push_back({name, core::fixed_text(value, digits), says});
  };
  const auto& f = result.figures;
  add("fid", f.fid, f.fid < 1 ? 5 : 2,
      str("Frechet distance of ", result.width, " features (", result.label, "; resize ", result.resize,
          "; weights ", result.weights_hash.substr(0, 8), "); 0 = the same"));
  add("kid", f.kid.mean, 5,
      str("kernel distance of the same features, +- ", core::fixed_text(f.kid.deviation, 5),
          "; 0 = the same"));
  add("precision", f.manifold.precision, 3, "share of generated pictures that are like real ones");
  add("recall", f.manifold.recall, 3, "share of real pictures that are like generated ones");
  add("density", f.manifold.density, 3, "how densely generated pictures lie among real ones; 1 = as those");
  add("coverage", f.manifold.coverage, 3, "share of real pictures with a generated one nearby");
  add("is", f.is.mean, 2,
      str("classes that it sees, +- ", core::fixed_text(f.is.deviation, 2), "; of little meaning for faces"));
}

void add_feature_json(nlohmann::ordered_json& json, const FeatureResult& result) {
  json["features"] = core::printable(result.name);
  json["features_label"] = result.label;
  json["features_width"] = result.width;
  json["weights_hash"] = result.weights_hash;
  json["resize"] = result.resize;
  const auto add = [&](const char* name, const char* key, double value) {
    if (contains(result.metrics, name)) json[key] = number_or_null(value);
  };
  const auto& f = result.figures;
  add("fid", "fid", f.fid);
  add("kid", "kid", f.kid.mean);
  add("kid", "kid_deviation", f.kid.deviation);
  add("precision", "precision", f.manifold.precision);
  add("recall", "recall", f.manifold.recall);
  add("density", "density", f.manifold.density);
  add("coverage", "coverage", f.manifold.coverage);
  add("is", "is", f.is.mean);
  add("is", "is_deviation", f.is.deviation);
}

}  // namespace facegan::app
