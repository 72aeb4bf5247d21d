// facegan evaluate: figures of a generator's pictures against real ones.
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command_line/seeds.h"
#include "app/command_line/weights.h"
#include "app/json_number.h"
#include "app/look/evaluate_features.h"
#include "app/look/run_data.h"
#include "app/table.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "facegan/evaluate/figures.h"
#include "facegan/infer/sampler.h"
#include "facegan/run/imported.h"

namespace facegan::app {
namespace {

using core::str;
using Json = nlohmann::ordered_json;
constexpr std::int64_t kMaxCount = 100'000;
constexpr std::size_t kTogether = 1024, kMostReal = 20'000;

std::vector<std::string> metrics_of(const Invocation& invocation) {
  std::vector<std::string> known = evaluate::metric_names();
  const auto& of_features = evaluate::feature_metric_names();
  if (!invocation.has("metrics") && !invocation.has("features")) return known;
  known.insert(known.end(), of_features.begin(), of_features.end());
  if (!invocation.has("metrics")) return known;
  std::vector<std::string> metrics = core::split(invocation.text("metrics", ""), ',');
  for (const std::string& name : metrics)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(ErrorKind::usage,
                  str("--metrics: there is no '", core::printable(name), "'", core::did_you_mean(name, known),
                      "; there are ", core::join(known, ", ")));
  return metrics;
}

evaluate::Pictures real_pictures(const data::Dataset& dataset, std::uint64_t seed, std::size_t count) {
  evaluate::Pictures out;
  data::pick_pictures(dataset, seed, count, [&](std::size_t, image::Image picture) {
    out.add(picture);
    if (out.count() % 64 == 0) live(str("real pictures: ", out.count(), " of ", count));
  });
  return out;
}

// Those of `sample --seed S --count N`, but for rounding.
evaluate::Pictures generated_pictures(const infer::Sampler& sampler, std::uint64_t seed, std::size_t count,
                                      const spec::WantedRow& wanted) {
  evaluate::Pictures out;
  for (std::size_t first = 0; first < count; first += kTogether) {
    live(str("generated pictures: ", first, " of ", count));
    std::vector<infer::Sample> samples;
    for (std::size_t k = first; k < std::min(count, first + kTogether); ++k) samples.push_back({seed, k});
    for (const image::Image& picture : sampler.pictures_by_chunks(sampler.latents(samples, wanted)))
      out.add(picture);
  }
  return out;
}

enum class Against { all, train, held_out };

Against against(const Invocation& invocation) {
  const std::string set = invocation.text("set", "");
  if (set.empty()) return Against::all;
  if (set == "train") return Against::train;
  if (set == "held-out") return Against::held_out;
  throw Error(ErrorKind::usage, str("--set is train or held-out, not '", core::printable(set), "'",
                                    core::did_you_mean(set, {"train", "held-out"})));
}

const char* name_of(Against set) {
  return set == Against::all ? "all" : set == Against::train ? "train" : "held-out";
}

// What real pictures have to show.
struct Within {
  spec::Condition condition;
  spec::WantedRow wanted;  // empty: all pictures
  std::string with;        // as --with says it
};

std::unique_ptr<data::Dataset> open_within(const data::DatasetOptions& options, const Within& within) {
  auto dataset = data::open_dataset(options);
  if (within.wanted.empty() || dataset->size() == 0) return dataset;
  const auto table =
      data::condition_table(within.condition.asked(), within.condition.names(), options, *dataset);
  const std::size_t names = table.names.size();
  return data::selected(std::move(dataset), [&](std::size_t i) {
    const auto row = table.rows.begin() + static_cast<std::ptrdiff_t>(i * names);
    return within.condition.fits({row, row + static_cast<std::ptrdiff_t>(names)}, within.wanted);
  });
}

// Pictures of the run's data set: those that trained, those that were held out of it, all.
class RealPictures {
 public:
  RealPictures(data::DatasetOptions options, std::uint64_t seed, Within within)
      : options_(std::move(options)), seed_(seed), within_(std::move(within)) {}

  const evaluate::Pictures& part(data::Part part) {
    auto& pictures = parts_[static_cast<std::size_t>(part)];
    if (pictures) return *pictures;
    options_.part = part;
    const auto dataset = open_within(options_, within_);
    pictures = dataset->size() == 0 ? evaluate::Pictures{}
                                    : real_pictures(*dataset, seed_, std::min(dataset->size(), kMostReal));
    return *pictures;
  }
  bool holds_out() { return part(data::Part::held_out).count() > 0; }
  // Without a hold-out all pictures trained: one copy will do.
  const evaluate::Pictures& all() { return part(holds_out() ? data::Part::all : data::Part::train); }

 private:
  data::DatasetOptions options_;
  std::uint64_t seed_;
  Within within_;
  std::array<std::optional<evaluate::Pictures>, 3> parts_;
};

// What a figure is good for, beside it: every one says how many pictures it is of.
void print_text(const evaluate::Figures& f, const std::optional<FeatureResult>& features, std::size_t made,
                std::size_t real, const std::string& with) {
  std::vector<Row> rows = {{"figure", "value", "what it says"}};
  const auto add = [&](const char* name, double value, int digits, const std::string& says) {
    if (!std::isnan(value)) rows.push_back({name, core::fixed_text(value, digits), says});
  };
  std::string levels;
  for (const double level : f.swd.levels) levels += (levels.empty() ? "" : " ") + core::fixed_text(level, 1);
  add("swd", f.swd.mean, 2,
      str("x 1000, of patches; 0 = the same; by level, finest first: ", levels, "; of ", f.swd.pictures,
          " pictures"));
  add("ndb", f.ndb, 3,
      str("share of ", f.ndb_bins, " bins that differ; real against real about 0.05",
          std::isnan(f.ndb_held_out) ? ""
                                     : ", that of held-out pictures " + core::fixed_text(f.ndb_held_out, 3)));
  add("ms_ssim", f.ms_ssim, 4,
      str("likeness of pairs; that of real pictures is ", core::fixed_text(f.ms_ssim_real, 4),
          ", more is less variety"));
  add("duplicates", f.duplicates, 4, "share with a nearly equal picture beside it");
  add("nearest_ratio", f.nearest_ratio, 3,
      "how far training pictures are, to held-out ones' 1: below it copies");
  add("sharpness", f.sharpness, 3, "times that of real pictures: below 1 blurred, above 1 grainy");
  add("checkerboard", f.checkerboard, 3, "times that of real pictures: above 1 a grid of pixels shows");
  if (features) add_feature_rows(rows, *features);
  core::print(str(made, " generated pictures against ", real, " real ones",
                  with.empty() ? "" : ", all of " + core::printable(with)));
  core::print(as_table(rows, "lrl"));
}

Json appearance(const evaluate::Appearance& a) {
  return {{"mean", a.mean},
          {"deviation", a.deviation},
          {"sharpness", a.sharpness},
          {"checkerboard", a.checkerboard}};
}

void print_json(const evaluate::Figures& f, const std::optional<FeatureResult>& features, std::size_t made,
                std::size_t real, Against set, const std::string& crop, const std::string& with,
                const infer::Sampler& sampler, const std::vector<std::string>& metrics) {
  const auto wanted = [&](const char* name) {
    return std::find(metrics.begin(), metrics.end(), name) != metrics.end();
  };
  Json json = {{"count", made},
               {"count_real", real},
               {"set", name_of(set)},
               {"crop", crop},
               {"features", "pixels"},
               {"checkpoint", sampler.checkpoint_path()},
               {"checkpoint_hash", sampler.checkpoint_hash()},
               {"weights", name_of(sampler.weights())}};
  if (!with.empty()) json["with"] = with;
  if (wanted("swd")) {
    json["swd"] = number_or_null(f.swd.mean);
    json["swd_levels"] = f.swd.levels;
    json["swd_count"] = f.swd.pictures;
  }
  if (wanted("ndb")) {
    json["ndb"] = number_or_null(f.ndb);
    json["ndb_held_out"] = number_or_null(f.ndb_held_out);
    json["ndb_bins"] = f.ndb_bins;
  }
  if (wanted("ms_ssim"))
    json["ms_ssim"] = number_or_null(f.ms_ssim), json["ms_ssim_real"] = number_or_null(f.ms_ssim_real);
  if (wanted("duplicates")) json["duplicates"] = number_or_null(f.duplicates);
  if (wanted("nearest")) json["nearest_ratio"] = number_or_null(f.nearest_ratio);
  if (wanted("appearance")) {
    json["sharpness"] = number_or_null(f.sharpness);
    json["checkerboard"] = number_or_null(f.checkerboard);
    json["generated"] = appearance(f.generated);
    json["real"] = appearance(f.real);
  }
  if (features) add_feature_json(json, *features);
  core::print(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int run_evaluate(const Invocation& invocation) {
  const std::vector<std::string> metrics = metrics_of(invocation);
  const auto count = static_cast<std::size_t>(invocation.integer("count", 2000, 2, kMaxCount));
  const auto seeds = parse_seeds(invocation.text("seed", "1"));
  if (seeds.size() != 1) throw Error(ErrorKind::usage, "--seed of evaluate is one seed");
  const Against set = against(invocation);
  const run::Loaded loaded = run::load_from(invocation.text("from", ""));
  const auto network = feature_network(invocation, loaded, metrics);
  device::keep_memory();
  const infer::Sampler sampler(loaded, invocation.text("device", "auto"), weights_of(invocation));
  check_weights(invocation, sampler);
  core::log_info("evaluating ", core::printable(loaded.path.string()));
  if (run::is_imported(loaded) && !invocation.has("dataset") && !invocation.has("data"))
    run::ask_for_pictures();
  const data::DatasetOptions options = run_data(invocation, sampler.config());
  const spec::Condition& condition = sampler.conditions().condition();
  const std::string with = invocation.text("with", "");
  const spec::WantedRow wanted = condition.parse(with);
  RealPictures pictures(options, seeds[0], {condition, wanted, with});
  if (set == Against::held_out && !pictures.holds_out())
    throw Error(ErrorKind::usage,
                wanted.empty()
                    ? "--set held-out: nothing was held out of this run's training; train with "
                      "--hold-out 5%"
                    : str("--set held-out: none of the held-out pictures is ", core::printable(with)));
  const evaluate::Pictures& train = pictures.part(data::Part::train);
  if (train.count() == 0)
    throw Error(ErrorKind::data, str("none of the pictures that trained is ", core::printable(with),
                                     "; nothing to compare with"));
  const evaluate::Pictures& real = set == Against::all        ? pictures.all()
                                   : set == Against::held_out ? pictures.part(data::Part::held_out)
                                                              : train;
  const evaluate::Pictures made = generated_pictures(sampler, seeds[0], count, wanted);
  const evaluate::Reference reference{real, train,
                                      pictures.holds_out() ? &pictures.part(data::Part::held_out) : nullptr,
                                      sampler.config().flip};
  const evaluate::Figures figures =
      evaluate::Meter(reference, metrics, seeds[0]).measure(made, [](const std::string& name) {
        live("computing " + name);
      });
  std::optional<FeatureResult> features;
  if (network) features = compute_feature_figures(*network, real, made, metrics, seeds[0]);
  core::log_live_line("");
  if (invocation.has("json"))
    print_json(figures, features, made.count(), real.count(), set, data::with_own_defaults(options).crop,
               with, sampler, metrics);
  else
    print_text(figures, features, made.count(), real.count(), with);
  return 0;
}

}  // namespace facegan::app
