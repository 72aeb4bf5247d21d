#include "report/run_page.h"

#include "facegan/core/text.h"
#include "facegan/report/progress.h"
#include "facegan/run/best.h"
#include "facegan/run/files.h"
#include "facegan/run/health.h"
#include "facegan/run/imported.h"
#include "facegan/run/record.h"
#include "report/chart.h"
#include "report/curves.h"
#include "report/html.h"
#include "report/sheets.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;
using core::str;

constexpr std::size_t kMaxColumns = 16;  // of the film strip

// What a page shows of a run's samples/.
struct ShownPictures {
  std::vector<const Sheet*> sheets;  // in the order of their making
  const Sheet* real = nullptr;
};

std::string state_of(const run::Record& run, bool live) {
  if (live) return "training";
  return run.info ? run::state_at_rest(*run.info) : "";
}

bool is_imported(const run::Record& run) {
  return run.info && run.info->state == run::kImported;
}

// "dcgan on faces, 64x64 colour, batch 128, seed 1"; of others' weights what decides the networks.
std::string subtitle(const run::Record& run) {
  if (!run.config) return "";
  const auto& c = *run.config;
  const std::string pictures = str(c.size.both("×"), c.channels == 1 ? " grey" : " colour");
  if (is_imported(run)) return str("imported, with the networks of ", c.preset, ", ", pictures);
  return str(c.preset, " on ", c.dataset, ", ", pictures, ", ", c.loss, ", batch ", c.batch, ", seed ",
             c.seed);
}

std::string tile(const std::string& name, const std::string& value, const std::string& rest = "") {
  return str("<div><dt>", name, "</dt><dd>", core::escape_html(value),
             rest.empty() ? "" : "<small>" + core::escape_html(rest) + "</small>", "</dd></div>");
}

// By the first figure of --evaluate.
std::string best_tile(const run::Record& run) {
  if (!run.config || run.config->evaluate_every == "0") return "";
  run::Best best{.metric = config::parse_figures(run.config->evaluate).front()};
  const auto metric = spec::find_metric(best.metric);
  if (!metric) return "";
  for (const Metrics& line : run.rows())
    if (line.has(*metric)) best.take(line.step, line[*metric]);
  if (best.step == 0) return "";
  return tile(str("Best ", metric->facts().name), spec::shown(metric->facts(), best.value),
              str(" at step ", core::with_thousands(best.step)));
}

std::string tiles(const run::Record& run) {
  const auto rows = run.rows();
  if (rows.empty() && is_imported(run)) {
    const std::string& files = run.info->imported_from;
    return str("<p class=\"empty\">Weights of others, imported",
               files.empty() ? "" : " from " + core::escape_html(core::printable(files)),
               ": facegan has not trained it, and has no numbers of its training.</p>\n");
  }
  if (rows.empty())
    return str("<p class=\"empty\">No numbers yet: the first ones come with the first line of ",
               run::kMetricsFile.name, ".</p>\n");
  const Metrics& last = rows.back();
  std::int64_t total = run.info ? run.info->total_steps : 0;
  const bool timed = run.config && ends_by_time(total, config::parse_time_limit(run.config->max_time));
  if (timed) total = 0;  // never reached
  std::string out =
      tile("Epoch", std::to_string(last.epoch), run.config && !timed ? str(" of ", run.config->epochs) : "");
  out += tile("Step", core::with_thousands(last.step), total > 0 ? " of " + core::with_thousands(total) : "");
  out += tile("Pictures seen", core::short_number(static_cast<double>(last.images)));
  for (const auto metric : spec::metrics_by_place()) {
    const auto& facts = metric.facts();
    const auto value = *facts.tile ? last_value(rows, metric) : std::nullopt;
    if (value) out += tile(facts.tile, *value, facts.tile_unit);
  }
  return "<dl class=\"tiles\">" + out + best_tile(run) + "</dl>\n";
}

// Escaped, with flags as code, which keeps them in one piece.
std::string flags_marked(const std::string& text) {
  std::string out;
  for (const std::string& word : core::split(text, ' ')) {
    const std::string escaped = core::escape_html(word);
    out += (out.empty() ? "" : " ") + (word.starts_with("--") ? "<code>" + escaped + "</code>" : escaped);
  }
  return out;
}

std::string warnings_html(const std::vector<run::Warning>& warnings) {
  std::string out;
  for (const run::Warning& warning : warnings) {
    out += str("<li><strong>", core::escape_html(warning.what), "</strong> ",
               core::escape_html(warning.meaning));
    if (!warning.advice.empty()) out += str(" <em>", flags_marked(warning.advice), "</em>");
    out += "</li>\n";
  }
  return out.empty() ? "" : "<ul class=\"warnings\">\n" + out + "</ul>\n";
}

// The newest grid, the slider that shows the others in its place, and the real pictures.
std::string pictures_html(const ShownPictures& pictures) {
  std::string out;
  if (!pictures.sheets.empty()) {
    const Sheet& newest = *pictures.sheets.back();
    const std::size_t last = pictures.sheets.size() - 1;
    out +=
        str("<figure><figcaption>Generated, <span id=\"grid-label\">", core::escape_html(newest.label),
            "</span></figcaption>\n", image_html(newest.whole, "generated, " + newest.label, " id=\"grid\""));
    if (last > 0)
      out += str(
          "\n<div class=\"slide\"><button id=\"play\" type=\"button\" aria-label=\"Play\" "
          "aria-pressed=\"false\">"
          "▶</button><input id=\"slider\" type=\"range\" min=\"0\" max=\"",
          last, "\" value=\"", last, "\" step=\"1\" aria-label=\"Sample grids over time\" aria-valuetext=\"",
          core::escape_html(newest.label), "\"></div>");
    out += "</figure>\n";
  }
  if (pictures.real)
    out += str("<figure><figcaption>Real, as the networks see them</figcaption>\n",
               image_html(pictures.real->whole, "real pictures"), "</figure>\n");
  return out.empty() ? "" : "<div class=\"pair\">" + out + "</div>\n";
}

// Inert until the script takes a picture out of it.
std::string earlier_sheets(const ShownPictures& pictures) {
  std::string out;
  for (std::size_t i = 0; i + 1 < pictures.sheets.size(); ++i)
    out += image_html(pictures.sheets[i]->whole, pictures.sheets[i]->label) + "\n";
  return out.empty() ? "" : "<template id=\"grids\">\n" + out + "</template>\n";
}

std::string film_html(const ShownPictures& pictures) {
  std::vector<const Sheet*> with_column;
  for (const Sheet* sheet : pictures.sheets)
    if (sheet->column) with_column.push_back(sheet);
  if (with_column.size() < 2) return "";
  std::string out;
  for (const std::size_t i : chosen_grids(with_column.size(), kMaxColumns)) {
    const Sheet& sheet = *with_column[i];
    const std::string caption = sheet.label.starts_with("epoch ") ? sheet.label.substr(6) : sheet.label;
    out += str("<li>", image_html(*sheet.column, "the same latents at " + sheet.label), "<span>",
               core::escape_html(caption.substr(0, caption.find(','))), "</span></li>\n");
  }
  return str(
      "<p class=\"note\">Each row is one latent vector, each column the generator after that epoch.</p>\n"
      "<ol class=\"film\" tabindex=\"0\" aria-label=\"The same latents over the epochs\">",
      out, "</ol>\n");
}

std::string animation_html(const run::Record& run) {
  std::error_code error;
  const char* const gif = run::kAnimationFile.name;
  if (!core::is_file(run::file_in(run.folder, run::kAnimationFile))) return "";
  return str("<a href=\"", gif, "\"><img class=\"gif\" src=\"", gif,
             "\" alt=\"the grids as an animation: ", gif, ", which lies beside this page\"></a>\n");
}

// The curves of one chart; "" when no line has any of its metrics.
std::string chart_of(const spec::ChartFacts& facts, const std::vector<Metrics>& rows,
                     std::int64_t steps_per_epoch) {
  Chart chart = empty_chart(facts, steps_per_epoch > 0 ? "epoch" : "step");
  const auto per_epoch = static_cast<double>(std::max<std::int64_t>(steps_per_epoch, 1));
  for (const auto metric : spec::metrics()) {
    const auto& row = metric.facts();
    if (row.chart != facts.key) continue;
    auto points =
        curve(rows, metric, [&](const Metrics& m) { return static_cast<double>(m.step) / per_epoch; });
    if (points.empty()) continue;
    chart.unit = spec::shown_unit(row);
    chart.series.push_back({*row.curve ? row.curve : row.name, std::move(points), row.color});
  }
  return chart.series.empty() ? "" : chart_html(chart);
}

std::string charts_html(const run::Record& run) {
  const auto rows = run.rows();
  std::string out;
  for (const auto& facts : spec::kCharts) out += chart_of(facts, rows, run.steps_per_epoch());
  return out.empty() ? "" : "<div class=\"charts\">\n" + out + "</div>\n";
}

std::string fact(const std::string& name, const std::string& value) {
  return value.empty() ? "" : tile(name, value);
}

std::string machine_html(const run::Record& run) {
  std::string rows;
  if (run.config) {
    const auto& c = *run.config;
    rows +=
        fact("Device", run.info && !run.info->device_name.empty() ? str(c.device, ", ", run.info->device_name)
                                                                  : c.device);
    rows += fact("Precision", c.precision + (c.deterministic ? ", deterministic" : ""));
    rows += fact("Begun from", c.init_from.empty() ? "" : str(c.init_from, ", checksum ", c.init_from_hash));
    rows += fact("Threads", str(c.threads, " to compute, ", c.workers, " to load pictures"));
  }
  if (run.info) {
    const auto& i = *run.info;
    const auto count = [](std::int64_t n) { return n > 0 ? core::with_thousands(n) : ""; };
    rows +=
        fact("Instructions", i.instructions) + fact("facegan", i.version) + fact("LibTorch", i.libtorch) +
        fact("Pictures", count(i.pictures)) + fact("Steps an epoch", count(i.steps_per_epoch)) +
        fact("Generator", i.generator_parameters > 0 ? count(i.generator_parameters) + " parameters" : "") +
        fact("Discriminator",
             i.discriminator_parameters > 0 ? count(i.discriminator_parameters) + " parameters" : "");
  }
  return rows.empty() ? "" : "<dl class=\"facts\">" + rows + "</dl>\n";
}

std::string settings_html(const run::Record& run) {
  if (run.config_text.empty()) return "";
  return str("<details id=\"yaml\"><summary>", run::kConfigFile.name,
             ": 'facegan train --config' on it repeats the run</summary>\n<pre tabindex=\"0\">",
             core::escape_html(run.config_text), "</pre></details>\n");
}

std::string footer(const run::Record& run) {
  std::string links;
  const auto add = [&](const run::RunFile& file, bool there) {
    if (there) links += str("<a href=\"", file.name, "\">", file.name, "</a> ");
  };
  add(run::kCsvFile, !run.metrics.rows().empty());  // which is written with this page
  add(run::kExploreFile, run::has_file(run.folder, run::kExploreFile));
  for (const auto& file :
       {run::kMetricsFile, run::kConfigFile, run::kLogFile, run::kSamples, run::kCheckpoints})
    add(file, run::has_file(run.folder, file));
  return str("<footer><p>", links.empty() ? "" : "Beside this page: ", links, "</p></footer>\n");
}

// How a live page follows its run: seconds between looks, and without news before it gives up.
std::string live_attributes(const run::Record& run) {
  const auto& rows = run.metrics.rows();
  double gap = 600;  // between the last two lines; long, until there are two
  if (rows.size() > 1) gap = rows.back()["elapsed_s"] - rows[rows.size() - 2]["elapsed_s"];
  if (!(gap > 0 && gap < 1e6)) gap = 600;
  return str(" data-reload-s=\"", static_cast<int>(std::clamp(gap, 10.0, 60.0)), "\" data-stale-s=\"",
             static_cast<int>(std::max(600.0, 5 * gap)), "\"");
}

std::string run_page(const run::Record& run, const ShownPictures& pictures, bool live) {
  run::Evidence evidence = run::evidence_of(run);
  evidence.live = live;
  const std::string state = state_of(run, live);
  const std::string body = str(
      "<header><p class=\"brand\">facegan</p><h1>", core::escape_html(run.name), "</h1>",
      state.empty() ? ""
                    : str("<p class=\"state ", live ? "live" : "", "\" id=\"state\">",
                          core::escape_html(state), "</p>"),
      "<p class=\"sub\">", core::escape_html(subtitle(run)), "</p></header>\n<main>\n", tiles(run),
      section("warnings", "Worth knowing", warnings_html(run::warnings_of(evidence))),
      section("pictures", "Pictures", pictures_html(pictures)),
      section("latents", "The same latents over time", film_html(pictures)),
      section("curves", "Curves", charts_html(run)), section("animation", "Animation", animation_html(run)),
      section("machine", "Machine", machine_html(run)), section("settings", "Settings", settings_html(run)),
      "</main>\n", footer(run), earlier_sheets(pictures));
  return html_page(run.name + " - facegan", live ? live_attributes(run) : "", body);
}

}  // namespace

std::vector<fs::path> RunPage::write(const run::Record& run, bool live) {
  ShownPictures pictures;
  const config::Config* config = run.config ? &*run.config : nullptr;
  const core::Inside samples = run::file_in(run.folder, run::kSamples);
  const auto files = page_grids(run.folder, run.steps_per_epoch());
  for (const std::size_t i : chosen_grids(files.size(), kMaxSheets))
    if (const Sheet* sheet = cache_.get(samples / files[i].name, files[i].label, config))
      pictures.sheets.push_back(sheet);
  pictures.real = cache_.get(run::file_in(run.folder, run::kRealGrid), "real", config);
  cache_.forget_unused();

  std::vector<fs::path> written = {run::file_in(run.folder, run::kPageFile).path()};
  if (!run.metrics.rows().empty()) {
    written.push_back(run::file_in(run.folder, run::kCsvFile).path());
    run::write_file(run.folder, run::kCsvFile, run::metrics_csv(run.metrics.rows()));
  }
  run::write_file(run.folder, run::kPageFile, run_page(run, pictures, live));
  return written;
}

}  // namespace facegan::report
