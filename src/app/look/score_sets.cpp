// facegan score --sets: how well the discriminator tells real pictures from generated ones.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/command_line/seeds.h"
#include "app/command_line/weights.h"
#include "app/look/score.h"
#include "app/table.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/infer/sampler.h"
#include "facegan/infer/separation.h"

namespace facegan::app {
namespace {

using core::str;
using Json = nlohmann::ordered_json;
constexpr std::size_t kBins = 20;
constexpr std::int64_t kMaxCount = 100'000;

struct Sets {
  std::vector<Scored> real, generated;
};

double share(std::size_t part, std::size_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::vector<double> logits_of(const std::vector<Scored>& set) {
  std::vector<double> logits;
  for (const Scored& s : set) logits.push_back(s.logit);
  return logits;
}

double mean_probability(const std::vector<Scored>& set, const infer::Scorer& scorer) {
  double sum = 0;
  for (const Scored& s : set) sum += scorer.probability(s.logit);
  return sum / static_cast<double>(set.size());
}

// What both ways of printing tell of the sets.
struct Figures {
  infer::Told told;
  double pairs_right;
  infer::Histogram histogram;  // of probabilities; where there are none, of outputs
};

Figures figures_of(const Sets& sets, const infer::Scorer& scorer) {
  std::vector<double> real = logits_of(sets.real), generated = logits_of(sets.generated);
  const infer::Told told = infer::told_right(real, generated, scorer.threshold());
  const double pairs = infer::pairs_right(real, generated);
  if (!scorer.has_probability()) return {told, pairs, infer::histogram(real, generated, kBins)};
  for (auto* set : {&real, &generated})
    for (double& value : *set) value = scorer.probability(value);
  return {told, pairs, infer::histogram(real, generated, kBins, 0, 1)};
}

// Scores pictures as they come, a block at a time.
class Collector {
 public:
  static constexpr std::size_t kBlock = 256;

  Collector(const infer::Scorer& scorer, bool keep_pictures)
      : scorer_(scorer), keep_pictures_(keep_pictures) {}

  void add(const std::string& name, image::Image picture) {
    block_.push_back({name, 0, std::move(picture)});
    if (block_.size() == kBlock) score_block();
  }
  std::vector<Scored> take() {
    score_block();
    core::log_live_line("");
    return std::move(scored_);
  }

 private:
  void score_block() {
    const auto logits = scorer_.logits(block_.size(), [&](std::size_t i) { return block_[i].picture; });
    for (std::size_t i = 0; i < block_.size(); ++i) {
      block_[i].logit = *logits[i];
      if (!keep_pictures_) block_[i].picture = {};
      scored_.push_back(std::move(block_[i]));
    }
    block_.clear();
    if (core::log_has_live_line()) core::log_live_line(str("scored ", scored_.size()));
  }

  const infer::Scorer& scorer_;
  bool keep_pictures_;
  std::vector<Scored> block_, scored_;
};

std::vector<Scored> real_pictures(const data::Dataset& dataset, std::uint64_t seed, std::size_t count,
                                  Collector collector) {
  data::pick_pictures(dataset, seed, count, [&](std::size_t index, image::Image picture) {
    collector.add(dataset.name(index), std::move(picture));
  });
  return collector.take();
}

// Those of `sample --seed S --count N`.
std::vector<Scored> generated_pictures(const infer::Sampler& sampler, std::uint64_t seed, std::size_t count,
                                       Collector collector) {
  for (std::size_t first = 0; first < count; first += Collector::kBlock) {
    std::vector<infer::Sample> samples;
    for (std::size_t k = first; k < std::min(count, first + Collector::kBlock); ++k)
      samples.push_back({seed, k});
    auto pictures = sampler.pictures(sampler.latents(samples));
    for (std::size_t i = 0; i < pictures.size(); ++i)
      collector.add(str("seed ", seed, " index ", first + i), std::move(pictures[i]));
  }
  return collector.take();
}

// What is not finite says nothing, and has no place in a histogram.
void refuse_broken(const Sets& sets) {
  for (const auto* set : {&sets.real, &sets.generated})
    for (const Scored& s : *set)
      if (!std::isfinite(s.logit))
        throw Error(ErrorKind::checkpoint,
                    str("the discriminator gives ", s.logit, " for ", core::printable(s.file),
                        ": this checkpoint is from a run that "
                        "diverged; take another one"));
}

void print_json(const Sets& sets, const Figures& figures, const infer::Scorer& scorer,
                const std::string& checkpoint, std::uint64_t seed) {
  const auto& [told, pairs_right, histogram] = figures;
  std::vector<double> edges;
  for (std::size_t i = 0; i <= kBins; ++i) edges.push_back(histogram.edge(i));
  const auto set = [&](const std::vector<Scored>& all, std::size_t right, const auto& bins) {
    return Json{{"count", all.size()},
                {"accuracy", share(right, all.size())},
                {"mean_probability", mean_probability(all, scorer)},
                {"histogram", bins}};
  };
  const Json json = {
      {"checkpoint", checkpoint},
      {"loss", scorer.config().loss},
      {"threshold", scorer.threshold()},
      {"note", scorer.note()},
      {"seed", seed},
      {"accuracy", (share(told.real, sets.real.size()) + share(told.generated, sets.generated.size())) / 2},
      {"pairs_right", pairs_right},
      {"real", set(sets.real, told.real, histogram.real)},
      {"generated", set(sets.generated, told.generated, histogram.generated)},
      {"histogram_of", scorer.has_probability() ? "probability" : "logit"},
      {"histogram_edges", edges}};
  core::print(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

std::string bar(std::size_t count, std::size_t most) {
  constexpr std::size_t kCells = 24;
  return std::string((count * kCells + most - 1) / most, '#');
}

void print_text(const Sets& sets, const Figures& figures, const infer::Scorer& scorer) {
  const auto& [told, pairs_right, histogram] = figures;
  const auto percent = [](double part) { return core::fixed_text(100 * part, 1) + " %"; };
  const std::size_t called_real = sets.generated.size() - told.generated;
  const double real = share(told.real, sets.real.size()),
               generated = 1 - share(called_real, sets.generated.size());
  const auto row = [&](const char* kind, const std::vector<Scored>& set, double right) {
    return Row{kind, core::with_thousands(static_cast<std::int64_t>(set.size())), percent(right),
               core::fixed_text(mean_probability(set, scorer), 3)};
  };
  core::print(as_table({{"", "pictures", "told right", "mean probability"},
                        row("real", sets.real, real),
                        row("generated", sets.generated, generated)},
                       "lrrr"));
  core::print(str("\naccuracy ", percent((real + generated) / 2), " (50 %: it cannot tell them apart); in ",
                  percent(pairs_right), " of all pairs the real picture is above the generated one\n"));
  std::size_t most = 1;
  for (const auto* bins : {&histogram.real, &histogram.generated})
    most = std::max(most, *std::max_element(bins->begin(), bins->end()));
  std::vector<Row> rows = {
      {scorer.has_probability() ? "probability" : "output", "", "real", "", "generated", ""}};
  for (std::size_t i = 0; i < kBins; ++i)
    rows.push_back({core::fixed_text(histogram.edge(i), 2) + " -", core::fixed_text(histogram.edge(i + 1), 2),
                    std::to_string(histogram.real[i]), bar(histogram.real[i], most),
                    std::to_string(histogram.generated[i]), bar(histogram.generated[i], most)});
  core::print(as_table(rows, "rrrlrl"));
}

// Both sets in one sheet, most real first.
void write_sheet(const ScoreSheet& sheet, const Sets& sets, const infer::Scorer& scorer, bool quiet) {
  std::vector<Scored> all = sets.real;
  for (Scored& s : all) s.file = "real";
  for (const Scored& s : sets.generated) all.push_back({"made", s.logit, s.picture});
  sort_scored(all);
  std::vector<std::string> kinds;
  for (const Scored& s : all) kinds.push_back(s.file);
  sheet.write(all, scorer, kinds, quiet);
}

}  // namespace

int score_sets(const Invocation& invocation, const run::Loaded& loaded, const infer::Scorer& scorer,
               const data::DatasetOptions& options) {
  const auto count = static_cast<std::size_t>(invocation.integer("count", 1000, 1, kMaxCount));
  const auto seeds = parse_seeds(invocation.text("seed", "1"));
  if (seeds.size() != 1) throw Error(ErrorKind::usage, "--seed of --sets is one seed");
  const auto dataset = data::open_dataset(options);
  const ScoreSheet sheet(invocation.text("sheet", ""), 2 * std::min(count, dataset->size()), scorer.config(),
                         loaded.text(core::kChecksumKey));
  const infer::Sampler sampler(loaded, invocation.text("device", "auto"), weights_of(invocation));
  check_weights(invocation, sampler);
  const Collector collector(scorer, sheet.wanted());
  Sets sets;
  sets.real = real_pictures(*dataset, seeds[0], count, collector);
  const std::size_t found = sets.real.size();
  if (found < count)
    core::log_info("the data set ", options.dataset, " has ", found,
                   " usable pictures: that many of each kind");
  sets.generated = generated_pictures(sampler, seeds[0], found, collector);
  refuse_broken(sets);
  const Figures figures = figures_of(sets, scorer);
  const bool json = invocation.has("json");
  if (json)
    print_json(sets, figures, scorer, loaded.path.string(), seeds[0]);
  else
    print_text(sets, figures, scorer);
  if (sheet.wanted()) write_sheet(sheet, sets, scorer, json);
  return 0;
}

}  // namespace facegan::app
