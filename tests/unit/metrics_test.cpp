// The table of metrics, and that all who show numbers go by it: what holds for each row holds for a new one.
#include "facegan/spec/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/report/report.h"
#include "facegan/run/metrics.h"
#include "facegan/run/record.h"
#include "page_text.h"
#include "report/html.h"
#include "report/tensorboard.h"
#include "temporary_folder.h"

namespace facegan {
namespace {

namespace fs = std::filesystem;
using run::Metrics;
using spec::MetricFacts;
using spec::MetricKey;

static_assert(MetricKey("d_loss").facts().key == "d_loss");

// Each metric with a value of its own, between 0 and 1.
double value_of(MetricKey metric) {
  return 0.1113 + 0.0371 * static_cast<double>(metric.index());
}
Metrics whole_line(std::int64_t step) {
  Metrics m;
  m.step = step, m.epoch = 1, m.images = 8 * step;
  for (const auto metric : spec::metrics()) m.set(metric, value_of(metric));
  return m;
}

void write_lines(const fs::path& run, const std::vector<Metrics>& lines) {
  core::make_folder(run);
  std::string text;
  for (const Metrics& m : lines) text += run::metrics_json(m) + "\n";
  core::write_file_atomic(run / "metrics.jsonl", text);
}

std::string page_of(const fs::path& run) {
  report::ReportWriter(run).write(false);
  return text_of(run / "report.html");
}

std::string events_of(const fs::path& folder, const Metrics& m) {
  core::make_folder(folder);
  report::TensorBoard(folder, 0, "").numbers(m, {});
  return text_of(fs::directory_iterator(folder)->path());
}

// ---- the table --------------------------------------------------------------------------------

TEST(MetricTable, KeysTagsAndNamesAreUnique) {
  std::set<std::string_view> keys = {"step", "epoch", "images"}, tags = {"progress/epoch", "progress/images"},
                             names, charts;
  for (const MetricFacts& m : spec::kMetrics) {
    EXPECT_TRUE(keys.insert(m.key).second) << m.key;
    EXPECT_TRUE(tags.insert(m.tag).second) << m.tag;
    EXPECT_TRUE(names.insert(m.name).second) << m.name;
    EXPECT_EQ(spec::find_metric(m.key)->facts().tag, m.tag);
  }
  for (const auto& chart : spec::kCharts) EXPECT_TRUE(charts.insert(chart.key).second) << chart.key;
  EXPECT_FALSE(spec::find_metric("step"));
  EXPECT_FALSE(spec::find_metric("d_los"));
}

TEST(MetricTable, RowsNameWhatThereIs) {
  std::set<std::string_view> charts, used;
  for (const auto& chart : spec::kCharts) charts.insert(chart.key);
  for (const MetricFacts& m : spec::kMetrics) {
    for (const auto chart : {m.chart, m.compared})
      if (!chart.empty()) {
        EXPECT_TRUE(charts.contains(chart)) << m.key << ": " << chart;
        used.insert(chart);
      }
    EXPECT_TRUE(m.older.empty() || spec::find_metric(m.older)) << m.key;
  }
  EXPECT_EQ(used, charts) << "a chart without a curve";
}

TEST(MetricTable, ValuesAreShownAsTheirRowsSay) {
  EXPECT_EQ(spec::shown(MetricKey("d_loss").facts(), 0.12345), "0.123");
  EXPECT_EQ(spec::shown(MetricKey("d_accuracy").facts(), 0.995), "99.5%");
  EXPECT_EQ(spec::shown(MetricKey("elapsed_s").facts(), 3725), "1h 02m");
  EXPECT_EQ(spec::shown(MetricKey("d_loss").facts(), std::nan("")), "NaN");
}

// ---- all who show numbers ---------------------------------------------------------------------

TEST(MetricTable, EachRowIsInTheLineAndReadBack) {
  const auto object = nlohmann::ordered_json::parse(run::metrics_json(whole_line(50)));
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  ASSERT_EQ(keys.size(), 3 + spec::kMetrics.size());
  EXPECT_EQ(std::vector(keys.begin(), keys.begin() + 3),
            (std::vector<std::string_view>{"step", "epoch", "images"}));
  const auto read = run::parse_metrics(object.dump());
  for (const auto metric : spec::metrics()) {
    EXPECT_EQ(keys[3 + metric.index()], metric.facts().key) << "in the order of the table";
    const double stored = object[std::string(metric.facts().key)];
    EXPECT_NEAR(stored, value_of(metric), metric.facts().by_the_clock ? 0.0005 : 0);
    EXPECT_EQ((*read)[metric], stored);
    EXPECT_EQ(run::as_stored(whole_line(50))[metric], stored);
  }
}

TEST(MetricTable, EachRowIsInTheCsvAndInTensorBoard) {
  const TemporaryFolder folder;
  const auto csv = core::split(run::metrics_csv({whole_line(50)}), '\n');
  const auto keys = core::split(csv.at(0), ','), values = core::split(csv.at(1), ',');
  const std::string events = events_of(folder / "run", whole_line(50));
  ASSERT_EQ(keys.size(), 3 + spec::kMetrics.size());
  ASSERT_EQ(values.size(), keys.size());
  for (const auto metric : spec::metrics()) {
    EXPECT_EQ(keys[3 + metric.index()], metric.facts().key);
    EXPECT_EQ(values[3 + metric.index()], core::number_text(value_of(metric)));
    EXPECT_EQ(count(events, metric.facts().tag), 1u) << metric.facts().tag;
  }
}

TEST(MetricTable, EachRowIsOnThePagesAsItSays) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) write_lines(folder / name, {whole_line(50), whole_line(100)});
  const std::string page = page_of(folder / "a");
  report::write_comparison({folder / "a", folder / "b"}, folder / "both.html");
  const std::string both = text_of(folder / "both.html");
  for (const auto metric : spec::metrics()) {
    const MetricFacts& m = metric.facts();
    const std::string value = spec::shown(m, run::as_stored(whole_line(100))[metric]);
    const std::string curve = core::escape_html(*m.curve ? m.curve : m.name);
    EXPECT_EQ(count(page, "data-name=\"" + curve + "\""), m.chart.empty() ? 0u : 1u) << m.key;
    EXPECT_TRUE(!*m.tile || has(page, core::str("<dt>", m.tile, "</dt><dd>", value))) << m.key;
    EXPECT_TRUE(!m.in_numbers || has(both, core::str("<th scope=\"row\">", core::escape_html(m.name),
                                                     "</th><td>", value, "</td>")))
        << m.key;
  }
  for (const auto& chart : spec::kCharts) {
    const auto names = [&](auto of) {
      return std::any_of(spec::kMetrics.begin(), spec::kMetrics.end(),
                         [&](const MetricFacts& m) { return m.*of == chart.key; });
    };
    const std::string title = "<figcaption>" + core::escape_html(chart.title) + "</figcaption>";
    EXPECT_EQ(has(page, title), names(&MetricFacts::chart)) << chart.key;
    EXPECT_EQ(has(both, title), names(&MetricFacts::compared)) << chart.key;
  }
}

// ---- values that are not there ----------------------------------------------------------------

// d_real stands in one line only.
std::vector<Metrics> lines_with_few() {
  std::vector<Metrics> lines(3);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].step = 50 * static_cast<std::int64_t>(i + 1), lines[i].epoch = 1;
    lines[i].set("d_loss", 0.5), lines[i].set("d_fake", 0.25);
  }
  lines[1].set("d_real", 0.875);
  return lines;
}

TEST(AbsentMetrics, AreNoKeyOfTheLineAndStayAbsent) {
  const Metrics m = lines_with_few()[0];
  EXPECT_EQ(run::metrics_json(m), R"({"step":50,"epoch":1,"images":0,"d_loss":0.5,"d_fake":0.25})");
  const auto read = run::parse_metrics(run::metrics_json(m));
  EXPECT_TRUE(read->has("d_loss"));
  EXPECT_FALSE(read->has("d_real"));
  EXPECT_TRUE(std::isnan((*read)["d_real"]));
  const auto nan = run::parse_metrics(R"({"step":1,"d_real":"NaN"})");
  EXPECT_TRUE(nan->has("d_real")) << "NaN is a value";
  EXPECT_FALSE(run::as_stored(m).has("elapsed_s"));
}

TEST(AbsentMetrics, OfEarlierVersionsHaveAnotherInTheirPlace) {
  const auto read = run::parse_metrics(R"({"step":1,"d_accuracy":0.75,"d_accuracy_fake":0.5})");
  EXPECT_EQ((*read)["d_accuracy_real"], 0.75);
  EXPECT_EQ((*read)["d_accuracy_fake"], 0.5);
  EXPECT_FALSE(run::parse_metrics(R"({"step":1})")->has("d_accuracy_real"));
}

TEST(AbsentMetrics, AreEmptyInTheCsvAndNoPointInTensorBoard) {
  const TemporaryFolder folder;
  const auto csv = core::split(run::metrics_csv(lines_with_few()), '\n');
  EXPECT_TRUE(csv.at(1).starts_with("50,1,0,0.5,,0.25")) << csv[1];
  EXPECT_TRUE(csv.at(2).starts_with("100,1,0,0.5,0.875,0.25")) << csv[2];
  EXPECT_FALSE(has(events_of(folder / "a", lines_with_few()[0]), "d/real"));
  EXPECT_TRUE(has(events_of(folder / "b", lines_with_few()[1]), "d/real"));
}

TEST(AbsentMetrics, AreNoPointOfTheCurvesAndTheLastOneThereIsIsShown) {
  const TemporaryFolder folder;
  write_lines(folder / "run", lines_with_few());
  write_lines(folder / "other", lines_with_few());
  const std::string page = page_of(folder / "run");
  const auto strokes = [&](const std::string& name) {
    const auto at = page.find(" d=\"", page.find("data-name=\"" + name + "\"")) + 4;
    return page.substr(at, page.find('"', at) - at);
  };
  EXPECT_EQ(count(strokes("D(G(z)), generated"), ","), 3u);
  EXPECT_EQ(count(strokes("D(x), real"), ","), 1u) << strokes("D(x), real");
  EXPECT_TRUE(has(page, "D(x), real <b>0.875</b>"));
  EXPECT_FALSE(has(page, "G loss")) << "no line has it";
  EXPECT_FALSE(has(page, "<figcaption>Throughput</figcaption>"));
  report::write_comparison({folder / "run", folder / "other"}, folder / "both.html");
  const std::string both = text_of(folder / "both.html");
  EXPECT_TRUE(has(both, "<th scope=\"row\">D(x), real</th><td>0.875</td><td>0.875</td>"));
  EXPECT_FALSE(has(both, "G loss"));
}

}  // namespace
}  // namespace facegan
