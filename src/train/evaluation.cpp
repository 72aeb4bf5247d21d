#include "train/evaluation.h"

#include <algorithm>

#include "facegan/core/clock.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/evaluate/feature_cache.h"
#include "facegan/evaluate/feature_distance.h"

namespace facegan::train {
namespace {

constexpr std::size_t kMostBinned = 4000, kMostSearched = 20'000;  // training pictures

evaluate::Pictures some_of(const data::Dataset& set, std::uint64_t seed, std::size_t count) {
  evaluate::Pictures out;
  if (set.size() > 0)
    data::pick_pictures(set, seed, count, [&](std::size_t, image::Image picture) { out.add(picture); });
  return out;
}

evaluate::Pictures held_out_pictures(const config::Config& config) {
  data::DatasetOptions options = data::dataset_options(config);
  options.part = data::Part::held_out;
  return some_of(*data::open_dataset(options), options.seed, Evaluation::kPictures);
}

infer::FeatureNetwork network_of(const config::Config& config, bool needs_classes) {
  infer::FeatureNetwork network = config.features == "lite0"
                                      ? infer::FeatureNetwork::lite0(infer::lite0_weights(), config.device)
                                      : infer::FeatureNetwork::file(config.features, infer::Resize::clean,
                                                                    /*trust_script=*/false, config.device);
  if (needs_classes && !network.has_logits())
    throw Error(ErrorKind::usage, core::str("--evaluate is: ", core::printable(network.name()),
                                            " knows no classes; lite0 and NVIDIA's Inception do"));
  return network;
}

}  // namespace

Evaluation::Evaluation(const config::Config& config, const data::Dataset& train, bool leaves_no_trace)
    : figures_(config::parse_figures(config.evaluate)), seed_(static_cast<std::uint64_t>(config.seed)) {
  const std::size_t most = asks_for("nearest") ? kMostSearched : asks_for("ndb") ? kMostBinned : kPictures;
  train_ = some_of(train, seed_, most);
  real_ = train_.first(kPictures);
  if (most > kPictures && config.hold_out != "0") held_out_ = held_out_pictures(config);
  const evaluate::Reference reference{real_, train_, held_out_.count() > 0 ? &held_out_ : nullptr,
                                      config.flip};
  meter_.emplace(reference, figures_, seed_, evaluate::kQuick);
  if (!config::needs_features(figures_)) return;
  network_.emplace(network_of(config, asks_for("is")));
  real_features_ = evaluate::real_features(*network_, real_, !leaves_no_trace);
}

bool Evaluation::asks_for(std::string_view figure) const {
  return std::find(figures_.begin(), figures_.end(), figure) != figures_.end();
}

void Evaluation::measure(const std::vector<image::Image>& generated, run::Metrics& line) {
  evaluate::Pictures pictures;
  for (const image::Image& picture : generated) pictures.add(picture);
  measure_pixels(pictures, line);
  if (network_) measure_features(pictures, line);
}

void Evaluation::measure_pixels(const evaluate::Pictures& generated, run::Metrics& line) {
  const evaluate::Figures f = meter_->measure(generated);
  const struct {
    spec::MetricKey key;
    double value;
  } values[] = {{"swd", f.swd.mean},
                {"ndb", f.ndb},
                {"ndb_held_out", f.ndb_held_out},
                {"ms_ssim", f.ms_ssim},
                {"ms_ssim_real", f.ms_ssim_real},
                {"duplicates", f.duplicates},
                {"nearest_ratio", f.nearest_ratio},
                {"sharpness", f.sharpness},
                {"checkerboard", f.checkerboard}};
  for (const auto& [key, value] : values)
    if (std::isfinite(value)) line.set(key, value);
}

// With all 1,000 of both sides in one subset, where there are as many.
void Evaluation::measure_features(const evaluate::Pictures& generated, run::Metrics& line) {
  const auto made = evaluate::features_of(*network_, generated, asks_for("is"));
  const evaluate::FeatureFigures f =
      evaluate::measure_features(real_features_, made.features, made.logits, figures_, seed_);
  const struct {
    spec::MetricKey key;
    double value;
  } values[] = {{"fid", f.fid},
                {"kid", f.kid.mean},
                {"precision", f.manifold.precision},
                {"recall", f.manifold.recall},
                {"density", f.manifold.density},
                {"coverage", f.manifold.coverage},
                {"is", f.is.mean}};
  for (const auto& [key, value] : values)
    if (asks_for(key.facts().key) && std::isfinite(value)) line.set(key, value);
}

double Evaluation::seconds() {
  run::Metrics nowhere;
  measure_pixels(real_, nowhere);  // what is done once
  const double begin = core::now_s();
  measure_pixels(real_, nowhere);
  return core::now_s() - begin + (network_ ? features_seconds() : 0);
}

// Of the features of some of the pictures, and of two sets that differ in one number.
double Evaluation::features_seconds() {
  const evaluate::Pictures some = real_.first(128);                 // enough for all cores to have some
  evaluate::features_of(*network_, some.first(4), asks_for("is"));  // what is done once
  double begin = core::now_s();
  evaluate::features_of(*network_, some, asks_for("is"));
  const double per_picture = (core::now_s() - begin) / static_cast<double>(some.count());
  infer::Features others = real_features_;
  others.values.back() += 1;
  begin = core::now_s();
  evaluate::measure_features(real_features_, others, {}, figures_, seed_);
  return per_picture * static_cast<double>(kPictures) + core::now_s() - begin;
}

}  // namespace facegan::train
