// facegan list runs: what lies in ./runs, from the small files and headers of each run.
#include "app/look/list_runs.h"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <tuple>

#include "app/json_number.h"
#include "app/table.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/report/progress.h"
#include "facegan/run/folder.h"
#include "facegan/run/imported.h"
#include "facegan/run/listing.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::printable;
using core::str;
using Json = nlohmann::ordered_json;

std::string time_text(std::time_t time, const char* form) {
  std::tm local{};
  char text[40];
  if (time == 0 || !::localtime_r(&time, &local) || std::strftime(text, sizeof text, form, &local) == 0)
    return "";
  return text;
}

std::string fixed(double value, int digits) {
  if (std::abs(value) < 1e9) return core::fixed_text(value, digits);
  char text[32];  // all its digits would make the table as wide
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

// "3/25", "2.4/25"
std::string epochs_text(const run::ListedRun& run) {
  if (!run.config) return "";
  const bool timed = report::ends_by_time(run.total_steps(), config::parse_time_limit(run.config->max_time));
  const std::string total = timed ? "" : "/" + std::to_string(run.config->epochs);
  if (run.steps_per_epoch == 0) return "0" + total;
  return (run.step % run.steps_per_epoch == 0 ? std::to_string(run.step / run.steps_per_epoch)
                                              : fixed(run.epochs_done(), 1)) +
         total;
}

std::string metric_text(const spec::MetricFacts& metric, double value) {
  return metric.shown == spec::Shown::number ? fixed(value, 3) : spec::shown(metric, value);
}

// "swd 41.2 @7900"
std::string best_text(const run::Best& best) {
  return str(best.metric, ' ', spec::shown(spec::find_metric(best.metric)->facts(), best.value), " @",
             best.step);
}

// What its networks have learned from; of others' weights the files that these came from.
std::string data_text(const run::ListedRun& run) {
  if (!run.config) return "";
  if (run.state != run::kImported) return run.config->dataset;
  return run.imported_from.empty() ? "not known" : printable(run.imported_from);
}

Row as_row(const run::ListedRun& run) {
  const auto& [config, last] = std::tie(run.config, run.last);
  const double elapsed_s = last ? (*last)["elapsed_s"] : -1;
  Row row = {printable(run.name()),
             run.state,
             time_text(run.written, "%Y-%m-%d %H:%M"),
             elapsed_s >= 0 ? core::human_seconds(elapsed_s) : "",
             config ? printable(config->preset) : "",
             data_text(run),
             epochs_text(run)};
  for (const auto metric : spec::metrics())
    if (metric.facts().list_column)
      row.push_back(last && last->has(metric) ? metric_text(metric.facts(), (*last)[metric]) : "");
  row.push_back(run.best ? best_text(*run.best) : "");
  row.push_back(core::human_bytes(run.bytes));
  return row;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json as_json(const run::ListedRun& run) {
  constexpr const char* kTime = "%Y-%m-%dT%H:%M:%S%z";
  const auto number = run::run_number(run.name());
  const bool known = run.config && run.steps_per_epoch > 0;
  const bool is_trained = run.state != run::kImported;  // with pictures that are known
  const auto setting = [&](auto config::Config::*value) {
    return run.config ? Json((*run.config).*value) : Json();
  };
  Json object = {{"number", number >= 0 ? Json(number) : Json()},
                 {"name", run.name()},
                 {"path", run.folder.string()},
                 {"state", run.state},
                 {"problem", text_or_null(run.problem)},
                 {"holder", run.holder ? Json(*run.holder) : Json()},
                 {"started", text_or_null(time_text(run.started, kTime))},
                 {"last_written", text_or_null(time_text(run.written, kTime))},
                 {"preset", setting(&config::Config::preset)},
                 {"dataset", is_trained ? setting(&config::Config::dataset) : Json()},
                 {"data", is_trained ? setting(&config::Config::data) : Json()},
                 {"imported_from", text_or_null(run.imported_from)},
                 {"size", run.config ? size_json(run.config->size) : Json()},
                 {"init_from", text_or_null(run.config ? run.config->init_from : "")},
                 {"epochs_done", known ? Json(run.epochs_done()) : Json()},
                 {"epochs", setting(&config::Config::epochs)},
                 {"step", run.step},
                 {"total_steps", known ? Json(run.total_steps()) : Json()}};
  for (const auto metric : spec::metrics())
    if (metric.facts().list_json)
      object[metric.facts().key] = run.last ? number_or_null((*run.last)[metric]) : Json();
  object["best"] = run.best ? Json{{"metric", run.best->metric},
                                   {"value", number_or_null(run.best->value)},
                                   {"step", run.best->step}}
                            : Json();
  object["bytes"] = run.bytes;
  return object;
}

}  // namespace

void list_runs(const fs::path& runs, bool json) {
  const std::vector<run::ListedRun> all = run::list_runs(runs);
  if (json) {
    Json array = Json::array();
    for (const run::ListedRun& run : all) array.push_back(as_json(run));
    // A folder name need not be UTF-8.
    core::print(array.dump(2, ' ', false, Json::error_handler_t::replace));
    return;
  }
  if (all.empty()) {
    core::print(str("no runs in ", printable(runs.string()), "; facegan train makes one"));
    return;
  }
  std::vector<Row> rows = {{"run", "state", "last written", "trained", "preset", "data", "epochs"}};
  std::string sides = "llllllr";
  for (const auto metric : spec::metrics())
    if (metric.facts().list_column) rows[0].emplace_back(metric.facts().key), sides += 'r';
  rows[0].emplace_back("best"), sides += 'l';
  rows[0].emplace_back("size"), sides += 'r';
  for (const run::ListedRun& run : all) rows.push_back(as_row(run));
  core::print(as_table(rows, sides));
  for (const run::ListedRun& run : all)
    if (!run.problem.empty()) core::print(str(printable(run.name()), ": ", run.problem));
}

}  // namespace facegan::app
