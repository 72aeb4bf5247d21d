// facegan tune: settings that are good on the user's pictures and machine, as a YAML file with the evidence.
#include "facegan/train/tune.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "app/command_line/commands.h"
#include "app/table.h"
#include "app/train/settled.h"
#include "app/train/small_cpu.h"
#include "app/train/small_set.h"
#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/random.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "facegan/spec/metrics.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;
using Changes = std::vector<config::Setting>;
constexpr std::size_t kMostCandidates = 64;
constexpr double kShortestRound = 20;  // seconds that say something about a candidate
constexpr const char* kLong = "1000000";

// What --try lists: each value of each option with each of the others.
std::vector<Changes> listed_changes(const std::string& tries) {
  std::vector<Changes> all = {{}};
  for (const std::string& one : core::split(tries, kBetweenRepeated)) {
    const auto equals = one.find('=');
    std::string key = one.substr(0, equals);
    std::replace(key.begin(), key.end(), '-', '_');
    if (equals == std::string::npos || !config::find_option(key) || !config::find_option(key)->stored)
      throw Error(ErrorKind::usage, str("--try is KEY=VALUE|VALUE... with an option of train, not '",
                                        core::printable(one), "'"));
    std::vector<Changes> longer = all;  // without a change of this option
    for (const std::string& value : core::split(one.substr(equals + 1), '|'))
      for (const Changes& changes : all) {
        longer.push_back(changes);
        longer.back().push_back({key, value, "flag --try"});
      }
    all = std::move(longer);
    if (all.size() > kMostCandidates)
      throw Error(ErrorKind::usage, str("--try makes more than ", kMostCandidates, " combinations"));
  }
  return all;
}

std::string name_of(const Changes& changes) {
  std::string name;
  for (const config::Setting& s : changes) name += str(name.empty() ? "" : ", ", s.key, " ", s.value);
  return name.empty() ? "as it is" : name;
}

// What usually matters most, the most promising first: batches, which small ones make better by each picture;
// width, which costs time; a mean generator and augmentation; rates; a penalty.
std::vector<Changes> usual_changes(const config::Config& c) {
  const auto set = [](const char* key, const auto& value) {
    return config::Setting{key, core::str(value), "tune"};
  };
  const auto rates = [&](double times) {
    return Changes{set("lr_g", core::number_text(c.lr_g * times)),
                   set("lr_d", core::number_text(c.lr_d * times))};
  };
  const std::int64_t small = std::max<std::int64_t>(c.batch / 4, 4),
                     half = std::max<std::int64_t>(c.batch / 2, 4);
  const std::int64_t narrow = std::max<std::int64_t>(c.width / 2, 8);
  Changes steady = {set("batch", small), set("width", narrow)};
  if (c.ema == "off") steady.push_back(set("ema", "10000"));
  if (c.augment == "off")
    steady.insert(steady.end(), {set("augment", "translation,color"), set("augment_p", "0.3")});
  const auto weight = [&](const char* key, double w) { return set(key, core::number_text(4 * w)); };
  const Changes penalty = c.r1 == 0 && c.r2 == 0 && c.gp == 0
                              ? Changes{set("batch", small), set("r1", "1"), set("penalty_every", "8")}
                              : Changes{weight("r1", c.r1), weight("r2", c.r2), weight("gp", c.gp)};
  std::vector<Changes> all = {{},
                              {set("batch", small)},
                              {set("batch", small), set("width", narrow)},
                              steady,
                              {set("batch", half)},
                              {set("width", narrow)},
                              rates(0.5),
                              penalty,
                              rates(2)};
  for (Changes& changes : all)
    std::erase_if(changes, [&](const config::Setting& s) {  // where it is so already
      return config::get_option(c, *config::find_option(s.key)) == s.value;
    });
  std::set<std::string> named;
  std::erase_if(all, [&](const Changes& changes) { return !named.insert(name_of(changes)).second; });
  return all;
}

// As many as the budget has time for.
std::vector<train::Candidate> candidates_of(const Invocation& invocation, const config::Config& base,
                                            double budget_s) {
  std::vector<Changes> all =
      invocation.has("try") ? listed_changes(invocation.text("try", "")) : usual_changes(base);
  while (all.size() > 2 && train::round_seconds(all.size(), budget_s).front() < kShortestRound)
    all.pop_back();
  std::vector<train::Candidate> out;
  for (const Changes& changes : all) {
    config::Config c = config::changed(base, changes);
    c.epochs = 1'000'000, c.max_steps = 0, c.evaluate_every = "0", c.stop_when_worse = 0;
    c.sample_every = c.checkpoint_every = kLong, c.keep = 1, c.keep_every = 0;
    out.push_back({name_of(changes), std::move(c)});
  }
  return out;
}

std::vector<Row> rows_of(const train::TuneRequest& request, const train::TuneResult& result,
                         const spec::MetricFacts& metric) {
  std::vector<Row> rows = {{"", "candidate"}};
  for (const double seconds : result.rounds_s)
    rows[0].push_back(str(metric.key, " after ", core::human_seconds(seconds)));
  rows[0].emplace_back("pictures seen");
  for (std::size_t i = 0; i < request.candidates.size(); ++i) {
    const train::TunedCandidate& c = result.candidates[i];
    Row row = {i == result.best ? "*" : "", request.candidates[i].name};
    for (std::size_t round = 0; round < result.rounds_s.size(); ++round)
      row.push_back(round >= c.figures.size()      ? ""
                    : std::isnan(c.figures[round]) ? "failed"
                                                   : spec::shown(metric, c.figures[round]));
    row.push_back(core::with_thousands(c.images));
    rows.push_back(row);
  }
  return rows;
}

std::string verdict(const train::TuneRequest& request, const train::TuneResult& result,
                    const spec::MetricFacts& metric) {
  const auto last = [&](std::size_t i) { return result.candidates[i].figures.back(); };
  const std::string time = core::human_seconds(result.rounds_s.back());
  if (result.best == 0)
    return str("Nothing tried was better than the settings as they are, after ", time, " each.");
  return str(request.candidates[result.best].name, ": ", metric.key, " ",
             spec::shown(metric, last(result.best)), " after ", time, " of training, ",
             spec::shown(metric, last(0)), " as it is.");
}

void write_settings(const fs::path& file, const config::Config& base, const std::vector<Row>& rows,
                    const std::string& says, const train::Candidate& best) {
  config::Config chosen = best.config;  // but for what made it a trial
  chosen.epochs = base.epochs, chosen.max_steps = base.max_steps, chosen.max_time = base.max_time;
  chosen.sample_every = base.sample_every, chosen.checkpoint_every = base.checkpoint_every;
  chosen.keep = base.keep, chosen.keep_every = base.keep_every;
  chosen.evaluate_every = base.evaluate_every, chosen.stop_when_worse = base.stop_when_worse;
  std::string text = str("# Found by facegan tune. ", says, "\n#\n");
  for (const std::string& line :
       core::split(as_table(rows, "l" + std::string(rows[0].size() - 1, 'l')), '\n'))
    if (!line.empty()) text += "#   " + line + "\n";
  core::write_file_atomic(file, text + "\n" + config::to_yaml(chosen));
}

}  // namespace

int run_tune(const Invocation& invocation) {
  config::Request asked = invocation.request;
  // --out is the file here, not a run folder.
  fs::path out = "tuned.yaml";
  std::erase_if(asked.flags, [&](const config::Setting& s) {
    if (s.key == "out") out = s.value;
    return s.key == "out";
  });
  if (out.extension() != ".yaml" && out.extension() != ".yml")
    throw Error(ErrorKind::usage,
                str("--out ", core::printable(out.string()), " of tune is a file that ends in .yaml"));
  const double budget_s = config::parse_time_limit(invocation.text("budget", "30m"));
  if (budget_s < 2 * kShortestRound)
    throw Error(ErrorKind::usage,
                str("--budget is a time of ", 2 * kShortestRound, "s or more, such as 30m"));
  config::Resolved resolved = config::resolve(asked, environ);
  config::Config& base = resolved.config;
  settle_data(base);
  settle_features(base, true);
  const bool chosen = !resolved.sources.at("preset").starts_with("default");
  settle_start(base, chosen || !asked.config_file.empty());
  settle_small_set(resolved);
  const std::string told = settle_small_cpu(resolved);
  device::resolve_machine(base);
  core::install_signal_handlers();
  train::TuneRequest request{candidates_of(invocation, base, budget_s), budget_s,
                             fs::path(out).replace_extension(".tune")};
  if (!told.empty()) core::log_info(told);
  core::log_info("tuning: ", request.candidates.size(), " candidates in ", core::human_seconds(budget_s),
                 " of training, judged by ", config::parse_figures(base.evaluate).front(), "; runs are in ",
                 core::printable(request.folder.string()));
  const train::TuneResult result = train::tune(request);
  if (result.signal != 0) {
    core::log_info("stopped; the same call goes on");
    return 128 + result.signal;
  }
  const spec::MetricFacts& metric = spec::find_metric(config::parse_figures(base.evaluate).front())->facts();
  const auto rows = rows_of(request, result, metric);
  const std::string says = verdict(request, result, metric);
  write_settings(out, base, rows, says, request.candidates[result.best]);
  core::print(as_table(rows, "ll" + std::string(rows[0].size() - 2, 'r')));
  core::print(says);
  const std::string quoted = core::shell_quoted(out.string());
  core::log_info("written: ", core::printable(out.string()), "; facegan train --config ",
                 quoted.empty() ? "FILE" : quoted, " trains with it");
  return 0;
}

}  // namespace facegan::app
