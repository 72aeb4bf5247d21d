// What report.html and metrics.csv are made of: curves, escaped text, numbers, encoded grids.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/report/report.h"
#include "facegan/run/record.h"
#include "made_run.h"
#include "page_text.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/sheets.h"
#include "temporary_folder.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;

// ---- charts -----------------------------------------------------------------------------------

TEST(ReportChart, FewPointsKeepTheExtremesAndTheEnds) {
  core::Random random(7, core::Purpose::sample, 0);
  std::vector<Point> points;
  for (int i = 0; i < 50'000; ++i) points.push_back({static_cast<double>(i), random.normal()});
  points[12'345].y = 99, points[12'346].y = -99, points[40'000].y = 50;
  const auto kept = downsample(points, kMaxPoints);
  EXPECT_LE(kept.size(), kMaxPoints);
  EXPECT_GE(kept.size(), kMaxPoints / 2);
  EXPECT_EQ(kept.front().x, 0);
  EXPECT_EQ(kept.back().x, 49'999);
  std::set<double> at;
  for (std::size_t i = 1; i < kept.size(); ++i) EXPECT_GT(kept[i].x, kept[i - 1].x);
  for (const Point& p : kept) at.insert(p.x);
  for (const double extreme : {12'345, 12'346, 40'000}) EXPECT_TRUE(at.contains(extreme)) << extreme;
  EXPECT_EQ(downsample({points.begin(), points.begin() + 600}, kMaxPoints).size(), 600u);
}

TEST(ReportChart, AStretchWithoutNumbersStaysAGap) {
  std::vector<Point> points;
  for (int i = 0; i < 3000; ++i)
    points.push_back({static_cast<double>(i), i / 1000 == 1 ? std::nan("") : 1.0});
  const auto kept = downsample(points, 100);
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](const Point& p) { return std::isnan(p.y); }));
  const std::string html = chart_html({.title = "t", .series = {{"s", points, 0}}});
  const auto begin = html.find(" d=\"", html.find("class=\"line ")) + 4;
  const std::string path = html.substr(begin, html.find('"', begin) - begin);
  EXPECT_EQ(count(path, "M"), 2u) << path.substr(0, 200);
  EXPECT_FALSE(has(html, "nan"));
}

TEST(ReportChart, TicksAreRoundAndInside) {
  EXPECT_EQ(ticks(0, 1, 5), (std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1}));
  EXPECT_EQ(ticks(0, 25, 6), (std::vector<double>{0, 5, 10, 15, 20, 25}));
  EXPECT_EQ(ticks(-3, 3, 6), (std::vector<double>{-3, -2, -1, 0, 1, 2, 3}));
  for (const auto& [low, high] : {std::pair{1.0, 1.0}, {2.0, 1.0}, {0.0, HUGE_VAL}, {std::nan(""), 1.0}})
    EXPECT_TRUE(ticks(low, high, 5).empty());
  EXPECT_LE(ticks(1e15, 1e15 + 1, 5).size(), 32u);
}

TEST(ReportChart, APeakDoesNotFlattenTheRest) {
  std::vector<Point> points;
  for (int i = 0; i < 200; ++i) points.push_back({static_cast<double>(i), i == 100 ? 1000.0 : 1.0});
  EXPECT_TRUE(
      has(chart_html({.title = "t", .series = {{"s", points, 0}}}), "Peaks of up to 1000 are cut off."));
  points[100].y = 2;
  EXPECT_FALSE(has(chart_html({.title = "t", .series = {{"s", points, 0}}}), "Peaks"));
}

TEST(ReportChart, ANoisyCurveHasItsCourse) {
  std::vector<Point> points;
  for (int i = 0; i < 1000; ++i) points.push_back({static_cast<double>(i), i % 2 ? 3.0 : 1.0});
  const auto course = smoothed(points, 10);
  ASSERT_EQ(course.size(), 10u);
  EXPECT_EQ(course[0].x, 49.5);
  for (const Point& p : course) EXPECT_EQ(p.y, 2);
  EXPECT_TRUE(has(chart_html({.title = "t", .series = {{"s", points, 0}}}), "class=\"trend c0\""));
  EXPECT_FALSE(has(chart_html({.title = "t", .series = {{"s", course, 0}}}), "class=\"trend"));
}

TEST(ReportHtml, TextOfAnyOriginIsNoMarkup) {
  EXPECT_EQ(core::escape_html("<a href=\"x\" b='y'>&"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
  EXPECT_EQ(core::escape_html("größe\n\t"), "größe\n\t");
  EXPECT_EQ(core::escape_html(std::string_view("a\0\x1b\x7f", 4)), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(core::escape_html("\xff<"), "\xEF\xBF\xBD&lt;");
  EXPECT_EQ(core::short_number(0), "0");
  EXPECT_EQ(core::short_number(0.12345), "0.123");
  EXPECT_EQ(core::short_number(1234.4), "1234");
  EXPECT_EQ(core::short_number(35'000), "35k");
  EXPECT_EQ(core::short_number(999'600), "1M");
  EXPECT_EQ(core::short_number(-2.5e9), "-2.5G");
}

// ---- numbers ----------------------------------------------------------------------------------

TEST(ReportNumbers, CsvHasTheNumbersOfTheLines) {
  const TemporaryFolder folder;
  make_run(folder / "run", {});
  ReportWriter(folder / "run").write(false);
  const auto csv = core::split(text_of(folder / "run/metrics.csv"), '\n');
  const auto lines = core::split(text_of(folder / "run/metrics.jsonl"), '\n');
  ASSERT_EQ(csv.size(), lines.size() + 1);
  EXPECT_EQ(csv[0],
            "step,epoch,images,d_loss,g_loss,d_real,d_fake,d_accuracy,images_per_s,elapsed_s,"
            "d_accuracy_real,d_accuracy_fake");
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    std::string values = lines[i];  // {"step":50,"epoch":1,...}
    std::string bare;
    for (const auto& pair : core::split(values.substr(1, values.size() - 2), ','))
      bare += (bare.empty() ? "" : ",") + pair.substr(pair.find(':') + 1);
    EXPECT_EQ(csv[i + 1], bare);
  }
}

TEST(ReportNumbers, DamagedLinesAreLeftOutAndCounted) {
  const TemporaryFolder folder;
  core::write_file_atomic(
      folder / "metrics.jsonl",
      "{\"step\":1,\"d_loss\":\"NaN\"}\nnot json\n{\"step\":\"2\"}\n[3]\n\n{\"step\":-4}\n"
      "{\"step\":7,\"g_loss\":\"-Infinity\"}\n{\"step\":7}\n{\"step\":8,\"d_loss\":1e999}\n" +
          std::string(5000, '[') + "\n{\"step\":9}\n{\"step\":10");
  run::MetricsLog log;
  log.update({folder.path(), "metrics.jsonl"});
  ASSERT_EQ(log.rows().size(), 3u);
  EXPECT_TRUE(std::isnan(log.rows()[0]["d_loss"]));
  EXPECT_EQ(log.rows()[1]["g_loss"], -HUGE_VAL);
  EXPECT_EQ(log.rows()[2].step, 9);
  EXPECT_EQ(log.damaged_lines(), 8);
  EXPECT_EQ(core::split(run::metrics_csv(log.rows()), '\n')[1], "1,0,0,NaN,");
}

TEST(ReportNumbers, AGrowingFileIsReadOnAndAReplacedOneAgain) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  run::MetricsLog log;
  log.update({folder.path(), "metrics.jsonl"});
  EXPECT_EQ(log.rows().size(), 0u);
  std::ofstream(path) << "{\"step\":1}\n{\"step\":2}\n{\"st";
  log.update({folder.path(), "metrics.jsonl"});
  EXPECT_EQ(log.rows().size(), 2u);
  std::ofstream(path, std::ios::app) << "ep\":3}\n";
  log.update({folder.path(), "metrics.jsonl"});
  EXPECT_EQ(log.rows().size(), 3u);
  EXPECT_EQ(log.damaged_lines(), 0);
  core::write_file_atomic(path,
                          "{\"step\":1}\n{\"step\":2}\n{\"step\":5}\n{\"step\":6}\n");  // gone back, gone on
  log.update({folder.path(), "metrics.jsonl"});
  ASSERT_EQ(log.rows().size(), 4u);
  EXPECT_EQ(log.rows()[2].step, 5);
  EXPECT_EQ(log.damaged_lines(), 0);
}

// ---- pictures ---------------------------------------------------------------------------------

TEST(ReportSheets, AJpegKeepsThePictureAndItsColors) {
  image::Image picture(32, 32, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = i % 3 == 0 ? 220 : 40;  // red
  const image::Image before = picture;
  std::string jpeg;
  for (int time = 0; time < 3; ++time) jpeg = image::encode_jpeg(picture, 90);
  EXPECT_EQ(picture, before);
  const image::Image read = image::decode_original(image::as_bytes(jpeg), 3);
  EXPECT_NEAR(read.at(16, 16)[0], 220, 6);
  EXPECT_NEAR(read.at(16, 16)[2], 40, 6);
}

TEST(ReportSheets, TheChoiceIsBoundedDenseAtFirstAndKeepsTheEnds) {
  for (const std::size_t total : {1u, 2u, 3u, 63u, 64u, 65u, 200u, 1001u, 100'000u}) {
    const auto chosen = chosen_grids(total, kMaxSheets);
    EXPECT_LE(chosen.size(), kMaxSheets);
    EXPECT_GE(chosen.size(), std::min<std::size_t>(total, 40));
    EXPECT_EQ(chosen.front(), 0u);
    EXPECT_EQ(chosen.back(), total - 1);
    for (std::size_t i = 1; i < chosen.size(); ++i) EXPECT_GT(chosen[i], chosen[i - 1]);
  }
  EXPECT_EQ(chosen_grids(64, 64).size(), 64u);
  EXPECT_TRUE(chosen_grids(0, 64).empty());
  // One grid more: all but the last stay.
  auto before = chosen_grids(500, kMaxSheets), after = chosen_grids(501, kMaxSheets);
  before.pop_back();
  EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
}

TEST(ReportSheets, APictureFitsItsBytes) {
  core::Random random(3, core::Purpose::sample, 0);
  for (const int side : {1, 40, 700, 3000}) {
    image::Image noise(side, side / 2 + 1, 3);
    for (auto& value : noise.pixels) value = static_cast<unsigned char>(random.below(256));
    for (const std::string& png : {std::string(), image::encode_png(noise)}) {
      const Encoded encoded = encode_within(noise, 20'000, png);
      EXPECT_LE(encoded.uri.size(), 20'000u * 4 / 3 + 64) << side;
      EXPECT_GE(encoded.width, std::min(side, 32));
      EXPECT_LE(std::max(encoded.width, encoded.height), std::min(side, 1600) + 1);
    }
  }
  EXPECT_TRUE(
      encode_within(image::Image(64, 64, 1, 9), 20'000, "").uri.starts_with("data:image/png;base64,"));
}

}  // namespace
}  // namespace facegan::report
