// The page that lays runs over each other.
#include <algorithm>
#include <set>

#include "facegan/config/options.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/report/report.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/run_record.h"
#include "report/sheets.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;
using core::str;

constexpr std::size_t kMaxGridBytes = 400u << 10;

// A run and the name under which it appears: that of its folder, or where two have the same, its path.
struct Compared {
  RunRecord run;
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

std::string head_row(const std::vector<Compared>& runs) {
  std::string out = "<thead><tr><td></td>";
  for (const Compared& c : runs) out += str("<th scope=\"col\">", escape_html(c.name), "</th>");
  return out + "</tr></thead>\n";
}

std::string row(const std::string& name, const std::vector<std::string>& values) {
  std::string out = "<tr><th scope=\"row\">" + escape_html(name) + "</th>";
  for (const std::string& value : values) out += "<td>" + escape_html(value) + "</td>";
  return out + "</tr>\n";
}

std::string table(const std::vector<Compared>& runs, const std::string& rows) {
  return "<div class=\"scroll\" tabindex=\"0\"><table>" + head_row(runs) + "<tbody>\n" + rows +
         "</tbody></table></div>\n";
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

std::string numbers(const std::vector<Compared>& runs) {
  struct Number {
    const char* name;
    std::string (*text)(const Metrics&);
  };
  static constexpr Number kNumbers[] = {
      {"Epoch", [](const Metrics& m) { return std::to_string(m.epoch); }},
      {"Step", [](const Metrics& m) { return core::with_thousands(m.step); }},
      {"Pictures seen", [](const Metrics& m) { return core::with_thousands(m.images); }},
      {"Time", [](const Metrics& m) { return core::human_seconds(m.elapsed_s); }},
      {"Images/s", [](const Metrics& m) { return short_number(m.images_per_s); }},
      {"D loss", [](const Metrics& m) { return short_number(m.d_loss); }},
      {"G loss", [](const Metrics& m) { return short_number(m.g_loss); }},
      {"D is right", [](const Metrics& m) { return short_number(100 * m.d_accuracy) + "%"; }},
      {"D(x), real", [](const Metrics& m) { return short_number(m.d_real); }},
      {"D(G(z)), generated", [](const Metrics& m) { return short_number(m.d_fake); }}};
  std::string rows;
  std::vector<std::string> states;
  for (const Compared& c : runs) states.push_back(c.run.info ? c.run.info->state : "?");
  rows += row("State", states);
  for (const Number& number : kNumbers) {
    std::vector<std::string> values;
    for (const Compared& c : runs) {
      const auto lines = c.run.rows();
      values.push_back(lines.empty() ? "-" : number.text(lines.back()));
    }
    rows += row(number.name, values);
  }
  return table(runs, rows);
}

std::string grids(const std::vector<Compared>& runs) {
  std::string out;
  for (const Compared& c : runs) {
    const auto files = page_grids(c.run.folder, c.run.steps_per_epoch());
    if (files.empty()) continue;
    const auto grid = read_picture(c.run.folder / "samples" / files.back().name, kMaxGridBytes);
    if (!grid) continue;
    out += str("<figure><figcaption>", escape_html(c.name), ", ", escape_html(files.back().label),
               "</figcaption>\n", image_html(*grid, "generated by " + c.name), "</figure>\n");
  }
  return out.empty() ? "" : "<div class=\"pair many\">" + out + "</div>\n";
}

std::string charts(const std::vector<Compared>& runs) {
  const auto drawn = [&](Chart chart, double Metrics::*value, double scale) {
    chart.x_label = "pictures seen";
    for (std::size_t i = 0; i < runs.size(); ++i) {
      Series series{runs[i].name, {}, static_cast<int>(i)};
      for (const Metrics& m : runs[i].run.rows())
        series.points.push_back({static_cast<double>(m.images), scale * (m.*value)});
      chart.series.push_back(std::move(series));
    }
    return chart_html(chart);
  };
  return "<div class=\"charts\">\n" + drawn({.title = "D loss"}, &Metrics::d_loss, 1) +
         drawn({.title = "G loss"}, &Metrics::g_loss, 1) +
         drawn({.title = "How often D is right",
                .unit = "%",
                .low = 0,
                .high = 100,
                .reference = 50,
                .reference_label = "guessing"},
               &Metrics::d_accuracy, 100) +
         drawn({.title = "D(G(z)): how real D takes generated pictures for", .low = 0, .high = 1},
               &Metrics::d_fake, 1) +
         drawn({.title = "Images/s", .low = 0}, &Metrics::images_per_s, 1) + "</div>\n";
}

}  // namespace

void write_comparison(const std::vector<fs::path>& folders, const fs::path& out) {
  const std::vector<Compared> runs = read_runs(folders);
  std::vector<std::string> names;
  for (const Compared& c : runs) names.push_back(c.name);
  const std::string title = core::join(names, ", ");
  const std::string body =
      str("<header><p class=\"brand\">facegan</p><h1>", runs.size(), " runs</h1><p class=\"sub\">",
          escape_html(title), "</p></header>\n<main>\n", section("pictures", "Newest grids", grids(runs)),
          section("curves", "Curves", charts(runs)), section("numbers", "Last numbers", numbers(runs)),
          section("differences", "Settings that differ", differences(runs)), "</main>\n<footer></footer>\n");
  core::write_file_atomic(out, html_page(title + " - facegan", "", body));
}

}  // namespace facegan::report
