// facegan data stats: what a data set looks like.
#include "facegan/data/stats.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/data/config.h"
#include "app/json_number.h"
#include "app/table.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

using core::str;
using Json = nlohmann::ordered_json;
using data::Stats;
using data::Traits;
constexpr std::size_t kNamedPeople = 10;

std::string number(double value) {
  return core::fixed_text(value, 1);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return number(100 * static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(whole, 1))) +
         " %";
}

std::string count_text(std::uint64_t count) {
  return core::with_thousands(static_cast<std::int64_t>(count));
}

std::vector<std::string> channel_names(std::size_t channels) {
  return channels == 1 ? std::vector<std::string>{"grey"} : std::vector<std::string>{"red", "green", "blue"};
}

// The traits that could be read; they are not what the command is for.
Traits read_traits(const data::DatasetOptions& options, const data::Dataset& dataset) {
  try {
    return data::traits_of(options, dataset);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    core::log_warning("no attributes: ", error.what());
    return {};
  }
}

Json to_json(const data::Spread& spread) {
  return {{"min", spread.min}, {"median", spread.median}, {"max", spread.max}};
}

// Photos a person; people are sorted by them, most first.
data::Spread photos_of(const Traits& traits) {
  const auto at = [&](std::size_t i) { return static_cast<int>(traits.people[i].pictures); };
  return {at(traits.people.size() - 1), at(traits.people.size() / 2), at(0)};
}

void print_json(const config::Config& config, const data::Parts& parts, const Stats& stats,
                const Traits& traits) {
  Json json = {{"dataset", config.dataset},   {"selected", stats.selected},
               {"unusable", stats.unusable},  {"size", size_json(config.size)},
               {"channels", config.channels}, {"originals", nullptr},
               {"pixels", Json::object()},    {"brightness", stats.brightness}};
  if (parts.count() > 0) json["archives"] = parts.archives, json["folders"] = parts.folders;
  if (!stats.formats.empty())
    json["originals"] = {
        {"formats", stats.formats}, {"width", to_json(stats.width)}, {"height", to_json(stats.height)}};
  const auto channels = channel_names(stats.mean.size());
  for (std::size_t c = 0; c < stats.mean.size(); ++c)
    json["pixels"][channels[c]] = {{"mean", stats.mean[c]}, {"deviation", stats.deviation[c]}};
  for (const auto& attribute : traits.attributes) json["attributes"][attribute.name] = attribute.pictures;
  if (!traits.attributes.empty()) json["without_attributes"] = traits.unknown;
  if (!traits.people.empty()) {
    json["people"] = traits.people.size();
    json["photos_per_person"] = to_json(photos_of(traits));
    for (std::size_t i = 0; i < std::min(kNamedPeople, traits.people.size()); ++i)
      json["most_photos"].push_back(
          {{"person", traits.people[i].name}, {"photos", traits.people[i].pictures}});
  }
  // A file name need not be UTF-8.
  core::print(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

std::string spread_text(const data::Spread& spread) {
  return spread.min == spread.max ? str(spread.min)
                                  : str(spread.min, " to ", spread.max, ", median ", spread.median);
}

void print_pictures(const config::Config& config, const data::Parts& parts, const Stats& stats) {
  std::vector<Row> rows = {{"pictures", count_text(stats.selected)},
                           {"unusable", count_text(stats.unusable)}};
  if (parts.count() > 0) rows.insert(rows.begin() + 1, {"from", parts.text()});
  for (const auto& [format, count] : stats.formats) rows.push_back({format, count_text(count)});
  if (!stats.formats.empty()) {
    rows.push_back({"width", spread_text(stats.width)});
    rows.push_back({"height", spread_text(stats.height)});
  }
  rows.push_back({"used as", str(config.size.both(), "x", config.channels)});
  const auto channels = channel_names(stats.mean.size());
  for (std::size_t c = 0; c < stats.mean.size(); ++c)
    rows.push_back(
        {channels[c], str("mean ", number(stats.mean[c]), ", deviation ", number(stats.deviation[c]))});
  core::print(as_table(rows, "ll"));
}

void print_brightness(const Stats& stats) {
  constexpr std::size_t kStep = 256 / Stats::kBins, kBar = 40;
  const std::uint64_t most = *std::max_element(stats.brightness.begin(), stats.brightness.end());
  if (most == 0) return;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < Stats::kBins; ++i)
    rows.push_back({str(i * kStep, " -"), str((i + 1) * kStep - 1), count_text(stats.brightness[i]),
                    std::string((stats.brightness[i] * kBar + most - 1) / most, '#')});
  core::print("\nbrightness (mean of a picture, 0 to 255): pictures");
  core::print(as_table(rows, "rrrl"));
}

void print_traits(const Traits& traits, std::uint64_t selected) {
  std::vector<Row> rows;
  for (const auto& [name, pictures] : traits.attributes)
    rows.push_back(
        {core::printable(name), count_text(pictures), percent(pictures, selected - traits.unknown)});
  if (!rows.empty()) {
    const std::string left_out =
        traits.unknown > 0 ? str(", ", count_text(traits.unknown), " pictures have none") : "";
    core::print(str("\nattributes", left_out, ":\n", as_table(rows, "lrr")));
  }
  if (traits.people.empty()) return;
  rows.clear();
  for (std::size_t i = 0; i < std::min(kNamedPeople, traits.people.size()); ++i)
    rows.push_back({core::printable(traits.people[i].name), count_text(traits.people[i].pictures)});
  core::print(str("\npeople ", count_text(traits.people.size()), ", photos a person ",
                  spread_text(photos_of(traits)), "; most photos:\n", as_table(rows, "lr")));
}

}  // namespace

int run_data_stats(const Invocation& invocation) {
  const config::Config config = resolve_data(invocation);
  data::DatasetOptions options = data::dataset_options(config);
  options.part = data::Part::all;
  const auto dataset = data::open_dataset(options);
  const Stats stats = data::dataset_stats(*dataset, workers_of(config), [&](std::uint64_t done) {
    if (core::log_has_live_line()) core::log_live_line(str("read ", done, " of ", dataset->size()));
  });
  core::log_live_line("");
  for (const std::string& reason : stats.reasons_unusable) core::log_warning("unusable: ", reason);
  const Traits traits = read_traits(options, *dataset);
  if (invocation.has("json")) {
    print_json(config, dataset->parts(), stats, traits);
  } else {
    print_pictures(config, dataset->parts(), stats);
    print_brightness(stats);
    print_traits(traits, stats.selected);
  }
  if (stats.unusable >= stats.selected)
    throw Error(ErrorKind::data, str("none of the ", stats.selected, " pictures can be used"));
  return 0;
}

}  // namespace facegan::app
