#include "train/evaluation.h"

#include <algorithm>

#include "facegan/core/clock.h"

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

}  // namespace

Evaluation::Evaluation(const config::Config& config, const data::Dataset& train)
    : figures_(config::parse_figures(config.evaluate)) {
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const std::size_t most = asks_for("nearest") ? kMostSearched : asks_for("ndb") ? kMostBinned : kPictures;
  train_ = some_of(train, seed, most);
  real_ = train_.first(kPictures);
  if (most > kPictures && config.hold_out != "0") held_out_ = held_out_pictures(config);
  const evaluate::Reference reference{real_, train_, held_out_.count() > 0 ? &held_out_ : nullptr,
                                      config.flip};
  meter_.emplace(reference, figures_, seed, evaluate::kQuick);
}

bool Evaluation::asks_for(const char* figure) const {
  return std::find(figures_.begin(), figures_.end(), figure) != figures_.end();
}

void Evaluation::measure(const std::vector<image::Image>& generated, run::Metrics& line) {
  evaluate::Pictures pictures;
  for (const image::Image& picture : generated) pictures.add(picture);
  measure(pictures, line);
}

void Evaluation::measure(const evaluate::Pictures& generated, run::Metrics& line) {
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

double Evaluation::seconds() {
  run::Metrics nowhere;
  measure(real_, nowhere);  // what is done once
  const double begin = core::now_s();
  measure(real_, nowhere);
  return core::now_s() - begin;
}

}  // namespace facegan::train
