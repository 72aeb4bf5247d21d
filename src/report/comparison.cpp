// The page that lays runs over each other.
#include <algorithm>
#include <cmath>
#include <set>

#include "facegan/config/options.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/report/report.h"
#include "facegan/run/files.h"
#include "facegan/run/record.h"
#include "report/chart.h"
#include "report/curves.h"
#include "report/html.h"
#include "report/sheets.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;
using core::str;

constexpr std::size_t kMaxGridBytes = 400u << 10;

// A run and the name under which it appears: that of its folder, or where two have the same, its path.
struct Compared {
  run::Record run;
  std::string name;
};

std::vector<Compared> read_runs(const std::vector<fs::path>& folders) {
  std::vector<Compared> runs;
  for (const fs::path& folder : folders) {
    Compared& added = runs.emplace_back();
    added.run.folder = folder;
    added.run.update();
  }
  const auto same = [&](const std::string& name) {
    return std::count_if(runs.begin(), runs.end(), [&](const Compared& c) { return c.run.name == name; }) > 1;
  };
  for (Compared& c : runs) c.name = same(c.run.name) ? core::printable(c.run.folder.string()) : c.run.name;
  return runs;
}

std::string head_row(const std::vector<std::string>& names) {
  std::string out = "<thead><tr><td></td>";
  for (const std::string& name : names) out += str("<th scope=\"col\">", core::escape_html(name), "</th>");
  return out + "</tr></thead>\n";
}

std::string row(const std::string& name, const std::vector<std::string>& values) {
  std::string out = "<tr><th scope=\"row\">" + core::escape_html(name) + "</th>";
  for (const std::string& value : values) out += "<td>" + core::escape_html(value) + "</td>";
  return out + "</tr>\n";
}

std::string table(const std::vector<std::string>& names, const std::string& rows) {
  return "<div class=\"scroll\" tabindex=\"0\"><table>" + head_row(names) + "<tbody>\n" + rows +
         "</tbody></table></div>\n";
}
std::string table(const std::vector<Compared>& runs, const std::string& rows) {
  std::vector<std::string> names;
  for (const Compared& c : runs) names.push_back(c.name);
  return table(names, rows);
}

// "8 layers", with a letter for each list that is not the same.
std::vector<std::string> networks(const std::vector<Compared>& runs, spec::Node config::Config::*network) {
  std::vector<std::string> texts, values;
  for (const Compared& c : runs) {
    if (!c.run.config) {
      values.emplace_back("?");
      continue;
    }
    config::Config only;  // this network's text alone
    only.generator = (*c.run.config).*network;
    const std::string text = config::to_yaml(only);
    const auto found = std::find(texts.begin(), texts.end(), text);
    const auto number = found - texts.begin();
    if (found == texts.end()) texts.push_back(text);
    values.push_back(str(only.generator.items.size(), " layers, ", static_cast<char>('A' + number % 26)));
  }
  return values;
}

std::string differences(const std::vector<Compared>& runs) {
  std::string rows;
  const auto add = [&](const std::string& name, const std::vector<std::string>& values) {
    if (std::set<std::string>(values.begin(), values.end()).size() > 1) rows += row(name, values);
  };
  for (const auto& option : config::options()) {
    if (!option.stored) continue;
    std::vector<std::string> values;
    for (const Compared& c : runs)
      values.push_back(c.run.config ? config::get_option(*c.run.config, option) : "?");
    add(option.key, values);
  }
  add("generator", networks(runs, &config::Config::generator));
  add("discriminator", networks(runs, &config::Config::discriminator));
  return rows.empty() ? "<p class=\"note\">All settings are the same.</p>\n" : table(runs, rows);
}

using Lines = std::vector<std::vector<Metrics>>;  // of each run

// A metric that no run has is left out; where there is no line at all, all are shown as missing.
bool is_shown(const Lines& lines, spec::MetricKey metric) {
  const auto has_it = [&](const Metrics& m) { return m.has(metric); };
  return std::all_of(lines.begin(), lines.end(), [](const auto& of_run) { return of_run.empty(); }) ||
         std::any_of(lines.begin(), lines.end(),
                     [&](const auto& of_run) { return std::any_of(of_run.begin(), of_run.end(), has_it); });
}

std::string numbers(const std::vector<Compared>& runs, const Lines& lines) {
  const auto row_of = [&](const char* name, const auto& text) {
    std::vector<std::string> values;
    for (const auto& of_run : lines) values.push_back(of_run.empty() ? "-" : text(of_run));
    return row(name, values);
  };
  std::vector<std::string> states;
  for (const Compared& c : runs) states.push_back(c.run.info ? c.run.info->state : "?");
  std::string rows = row("State", states);
  rows += row_of("Epoch", [](const auto& of_run) { return std::to_string(of_run.back().epoch); });
  rows += row_of("Step", [](const auto& of_run) { return core::with_thousands(of_run.back().step); });
  rows +=
      row_of("Pictures seen", [](const auto& of_run) { return core::with_thousands(of_run.back().images); });
  for (const auto metric : spec::metrics_by_place())
    if (metric.facts().in_numbers && is_shown(lines, metric))
      rows += row_of(metric.facts().name,
                     [&](const auto& of_run) { return last_value(of_run, metric).value_or("-"); });
  return table(runs, rows);
}

// Runs that differ in their seeds alone, and in the machine.
struct Seeds {
  std::vector<std::size_t> runs;
  std::string name;  // "0001-dcgan, 0004-dcgan"
};

std::vector<Seeds> groups(const std::vector<Compared>& runs) {
  const std::set<std::string_view> apart = {"seed", "data", "device", "threads", "workers", "cuda_graphs"};
  std::vector<std::string> keys;
  std::vector<Seeds> all;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    std::string key = runs[i].run.config ? "" : "?" + runs[i].name;
    if (const auto& config = runs[i].run.config) {
      for (const auto& option : config::options())
        if (option.stored && !apart.contains(option.key)) key += config::get_option(*config, option) + '\n';
      config::Config networks;
      networks.generator = config->generator, networks.discriminator = config->discriminator;
      key += config::to_yaml(networks);
    }
    const auto at = static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
    if (at == keys.size()) keys.push_back(key), all.emplace_back();
    all[at].runs.push_back(i);
    all[at].name += (all[at].name.empty() ? "" : ", ") + runs[i].name;
  }
  return all;
}

// "41.3", of several "41.3 ± 1.2 (3 seeds)": their mean and sample deviation.
std::string mean_text(const spec::MetricFacts& metric, const std::vector<double>& values) {
  if (values.empty()) return "-";
  const auto count = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / count;
  for (const double value : values) squares += (value - mean) * (value - mean);
  if (values.size() == 1) return spec::shown(metric, mean);
  return str(spec::shown(metric, mean), " ± ", spec::shown(metric, std::sqrt(squares / (count - 1))), " (",
             values.size(), " seeds)");
}

// What --evaluate found: of runs that differ in their seeds alone the mean and the spread.
std::string figures(const std::vector<Compared>& runs, const Lines& lines) {
  const std::vector<Seeds> seeds = groups(runs);
  std::string rows;
  for (const auto metric : spec::metrics()) {
    if (metric.facts().better == spec::Better::none) continue;
    std::vector<std::string> last, best;
    bool is_there = false;
    for (const Seeds& group : seeds) {
      std::vector<double> lasts, bests;
      for (const std::size_t i : group.runs) {
        double newest = NAN, least = NAN;
        for (const Metrics& m : lines[i])
          if (m.has(metric)) {
            newest = m[metric];
            if (spec::is_better(metric.facts(), newest, least)) least = newest;
          }
        if (std::isfinite(newest)) lasts.push_back(newest), bests.push_back(least);
      }
      is_there |= !lasts.empty();
      last.push_back(mean_text(metric.facts(), lasts)), best.push_back(mean_text(metric.facts(), bests));
    }
    if (!is_there) continue;
    rows += row(str(metric.facts().name, ", last"), last) + row(str(metric.facts().name, ", best"), best);
  }
  if (rows.empty()) return "";
  std::vector<std::string> names;
  for (const Seeds& group : seeds) names.push_back(group.name);
  return table(names, rows);
}

std::string grids(const std::vector<Compared>& runs) {
  std::string out;
  for (const Compared& c : runs) {
    const auto files = page_grids(c.run.folder, c.run.steps_per_epoch());
    if (files.empty()) continue;
    const auto grid =
        read_picture(run::file_in(c.run.folder, run::kSamples) / files.back().name, kMaxGridBytes);
    if (!grid) continue;
    out += str("<figure><figcaption>", core::escape_html(c.name), ", ", core::escape_html(files.back().label),
               "</figcaption>\n", image_html(*grid, "generated by " + c.name), "</figure>\n");
  }
  return out.empty() ? "" : "<div class=\"pair many\">" + out + "</div>\n";
}

// A curve for each run.
std::string chart_of(const spec::ChartFacts& facts, spec::MetricKey metric, const std::vector<Compared>& runs,
                     const Lines& lines) {
  Chart chart = empty_chart(facts, "pictures seen");
  chart.note.clear();  // speaks of the curves of one run
  chart.unit = spec::shown_unit(metric.facts());
  for (std::size_t i = 0; i < runs.size(); ++i)
    chart.series.push_back(
        {runs[i].name,
         curve(lines[i], metric, [](const Metrics& m) { return static_cast<double>(m.images); }),
         static_cast<int>(i)});
  return chart_html(chart);
}

std::string charts(const std::vector<Compared>& runs, const Lines& lines) {
  std::string out;
  for (const auto& facts : spec::kCharts)
    for (const auto metric : spec::metrics())
      if (metric.facts().compared == facts.key && is_shown(lines, metric))
        out += chart_of(facts, metric, runs, lines);
  return "<div class=\"charts\">\n" + out + "</div>\n";
}

}  // namespace

void write_comparison(const std::vector<fs::path>& folders, const fs::path& out) {
  const std::vector<Compared> runs = read_runs(folders);
  std::vector<std::string> names;
  Lines lines;
  for (const Compared& c : runs) names.push_back(c.name), lines.push_back(c.run.rows());
  const std::string title = core::join(names, ", ");
  const std::string body = str(
      "<header><p class=\"brand\">facegan</p><h1>", runs.size(), " runs</h1><p class=\"sub\">",
      core::escape_html(title), "</p></header>\n<main>\n", section("pictures", "Newest grids", grids(runs)),
      section("figures", "Figures of quality", figures(runs, lines)),
      section("curves", "Curves", charts(runs, lines)),
      section("numbers", "Last numbers", numbers(runs, lines)),
      section("differences", "Settings that differ", differences(runs)), "</main>\n<footer></footer>\n");
  core::write_file_atomic(out, html_page(title + " - facegan", "", body));
}

}  // namespace facegan::report
