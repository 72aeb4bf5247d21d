// report.html and the comparison page as wholes. What they are made of: report_parts_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "error_of.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/report/report.h"
#include "facegan/run/info.h"
#include "made_run.h"
#include "page_text.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/sheets.h"
#include "temporary_folder.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;

std::string page_of(const fs::path& run, bool live = false) {
  ReportWriter(run).write(live);
  return text_of(run / "report.html");
}

TEST(ReportPage, AThousandEpochsStaySmall) {
  const TemporaryFolder folder;
  make_run(folder / "run", {.epochs = 1000, .lines_per_epoch = 10, .grid = "8x8", .size = 64});
  const std::string page = page_of(folder / "run");
  EXPECT_LT(page.size(), 15u << 20);
  EXPECT_GT(page.size(), 4u << 20);  // and the pictures are good
  EXPECT_LE(count(page, "alt=\"epoch ") + 1, kMaxSheets);
  EXPECT_TRUE(has(page, "alt=\"epoch 0, untrained\""));
  EXPECT_TRUE(has(page, "alt=\"epoch 1\""));
  EXPECT_TRUE(has(page, "<span id=\"grid-label\">epoch 1,000</span>"));
}

// ---- the page ---------------------------------------------------------------------------------

TEST(ReportPage, TheSameFolderGivesTheSameBytes) {
  const TemporaryFolder folder;
  make_run(folder / "run", {});
  ReportWriter writer(folder / "run");
  writer.write(false);
  const std::string first = text_of(folder / "run/report.html");
  writer.write(false);
  EXPECT_TRUE(text_of(folder / "run/report.html") == first);
  EXPECT_TRUE(page_of(folder / "run") == first);
  writer.write(true);
  const std::string live = text_of(folder / "run/report.html");
  EXPECT_TRUE(has(live, "<body data-reload-s="));
  EXPECT_FALSE(has(first, "<body data-reload-s="));
}

TEST(ReportPage, HoldsWhatTheRunSays) {
  const TemporaryFolder folder;
  make_run(folder / "0007-dcgan", {});
  core::write_file_atomic(folder / "0007-dcgan/training.gif", "GIF89a");
  const std::string page = page_of(folder / "0007-dcgan");
  for (const char* part :
       {"<h1>0007-dcgan</h1>", ">finished</p>", "dcgan on faces, 16×16 colour", "id=\"slider\"",
        "real pictures", "class=\"film\"", "src=\"training.gif\"", "on real pictures", "D(G(z))", "images/s",
        "a processor", "lr_g: 0.0002", "3,576,704 parameters", "href=\"metrics.csv\""})
    EXPECT_TRUE(has(page, part)) << part;
  for (const char* outside : {"http://", "https://", "@import", "url(", "<link", "<iframe"})
    EXPECT_FALSE(has(page, outside)) << outside;
}

TEST(ReportPage, AnEmptyFolderHasAPage) {
  const TemporaryFolder folder;
  core::make_folder(folder / "run");
  const std::string page = page_of(folder / "run");
  EXPECT_TRUE(has(page, "No numbers yet"));
  EXPECT_FALSE(has(page, "id=\"slider\""));
  EXPECT_FALSE(fs::exists(folder / "run/metrics.csv"));
}

TEST(ReportPage, ShowsTheStepsAfterTheLastLine) {
  const TemporaryFolder folder;
  make_run(folder / "run", {});
  run::Info info = *run::read_info(folder / "run");
  EXPECT_EQ(info.total_steps, 300);
  info.rest.emplace();
  info.rest->step = 303, info.rest->epoch = 4, info.rest->images = 38'784, info.rest->set("d_loss", 0.777);
  core::write_file_atomic(folder / "run/run.json", run::info_json(info));
  const std::string page = page_of(folder / "run");
  EXPECT_TRUE(has(page, "<dd>303<"));
  EXPECT_TRUE(has(page, "D loss <b>0.777</b>"));
  EXPECT_FALSE(has(text_of(folder / "run/metrics.csv"), "303,"));
}

TEST(ReportPage, NothingInAFolderBecomesMarkup) {
  const TemporaryFolder folder;
  const std::string attack = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>";
  const auto run = folder / "<script>alert(0)<";  // a name cannot hold a slash
  make_run(run, {});
  core::write_file_atomic(run / "config.yaml", text_of(run / "config.yaml") + "# " + attack +
                                                   "\ndescription: '</script>" +
                                                   "<script>alert(3)</script>'\n");
  run::Info info;
  info.state = attack, info.error = attack, info.device_name = attack, info.libtorch = attack;
  core::write_file_atomic(run / "run.json", run::info_json(info));
  write_comparison({run, run}, folder / "both.html");
  for (const std::string& page : {page_of(run), text_of(folder / "both.html")}) {
    EXPECT_EQ(count(page, "<script"), 1u);
    EXPECT_EQ(count(page, "</script"), 1u);
    EXPECT_FALSE(has(page, "<img src=x"));
    EXPECT_TRUE(has(page, "&lt;script&gt;alert(0)&lt;"));
  }
}

TEST(ReportPage, WhatIsDamagedIsLeftOutAndSaid) {
  const TemporaryFolder folder;
  const auto run = folder / "run";
  make_run(run, {});
  core::write_file_atomic(folder / "secret", "-----BEGIN KEY-----\nQUJD\n");
  fs::remove(run / "config.yaml");
  fs::create_symlink(folder / "secret", run / "config.yaml");
  core::write_file_atomic(run / "samples/epoch_0001.png", "no picture");
  core::write_file_atomic(run / "samples/epoch_99999999999999999999.png", "no number");
  fs::remove(run / "samples/real.png");
  fs::create_symlink("/dev/zero", run / "samples/real.png");
  core::write_file_atomic(run / "run.json", "[]");
  core::write_file_atomic(run / "metrics.jsonl", text_of(run / "metrics.jsonl") + "torn\n");
  const std::string page = page_of(run);
  EXPECT_FALSE(has(page, "QUJD"));
  EXPECT_FALSE(has(page, "alt=\"epoch 1\""));
  EXPECT_TRUE(has(page, "alt=\"epoch 2\""));
  EXPECT_FALSE(has(page, "alt=\"real pictures\""));
  EXPECT_TRUE(has(page, "1 line of metrics.jsonl could not be read."));
  EXPECT_TRUE(has(page, "The settings of the run could not be read."));
}

TEST(ReportPage, AFullDiskIsAnInputOutputError) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of([&] { ReportWriter(folder / "none").write(false); }).kind(), ErrorKind::io);
}

// ---- comparison -------------------------------------------------------------------------------

TEST(ReportComparison, LaysRunsOverEachOther) {
  const TemporaryFolder folder;
  make_run(folder / "0001-dcgan", {});
  make_run(folder / "0002-dcgan", {.lr = 1e-3});
  core::make_folder(folder / "0003-empty");
  write_comparison({folder / "0001-dcgan", folder / "0002-dcgan", folder / "0003-empty"},
                   folder / "out.html");
  const std::string page = text_of(folder / "out.html");
  EXPECT_EQ(count(page, "data-name=\"0002-dcgan\""), 5u);
  EXPECT_EQ(count(page, "alt=\"generated by 000"), 2u);
  EXPECT_TRUE(has(page, "<tr><th scope=\"row\">lr_g</th><td>0.0002</td><td>0.001</td><td>?</td></tr>"));
  write_comparison({folder / "0001-dcgan", folder / "0002-dcgan"}, folder / "out.html");
  const std::string two = text_of(folder / "out.html");
  EXPECT_EQ(count(two, "<th scope=\"row\">lr_"), 2u);
  EXPECT_FALSE(has(two, "<th scope=\"row\">seed</th>"));
  EXPECT_FALSE(has(two, "<th scope=\"row\">generator</th>"));
}

TEST(ReportComparison, FiguresOfSeveralSeedsAreMeanAndSpread) {
  const TemporaryFolder folder;
  const auto made = [&](const char* name, const char* seed, double lr, const std::vector<double>& swd) {
    const auto run = folder / name;
    make_run(run, {.lr = lr});
    std::string config = text_of(run / "config.yaml");
    config.replace(config.find("\nseed: "),
                   config.find('\n', config.find("\nseed: ") + 1) - config.find("\nseed: "),
                   core::str("\nseed: ", seed));
    core::write_file_atomic(run / "config.yaml", config);
    std::string lines;
    for (std::size_t i = 0; i < swd.size(); ++i) {
      run::Metrics m;
      m.step = static_cast<std::int64_t>(100 * (i + 1)), m.set("swd", swd[i]);
      lines += run::metrics_json(m) + "\n";
    }
    core::write_file_atomic(run / "metrics.jsonl", lines);
  };
  made("a", "1", 1e-3, {50, 40, 44});
  made("b", "2", 1e-3, {60, 50, 40});
  made("c", "1", 2e-3, {30, 20});
  write_comparison({folder / "a", folder / "b", folder / "c"}, folder / "out.html");
  const std::string page = text_of(folder / "out.html");
  EXPECT_TRUE(has(page, "<th scope=\"col\">a, b</th><th scope=\"col\">c</th>"));
  EXPECT_TRUE(has(page, "<th scope=\"row\">SWD, last</th><td>42 ± 2.83 (2 seeds)</td><td>20</td>")) << page;
  EXPECT_TRUE(has(page, "<th scope=\"row\">SWD, best</th><td>40 ± 0 (2 seeds)</td><td>20</td>"));
}

TEST(ReportComparison, RunsOfTheSameNameAreToldApart) {
  const TemporaryFolder folder;
  make_run(folder / "a/run", {});
  make_run(folder / "b/run", {});
  write_comparison({folder / "a/run", folder / "b/run"}, folder / "out.html");
  const std::string page = text_of(folder / "out.html");
  EXPECT_TRUE(has(page, "a/run</th>"));
  EXPECT_TRUE(has(page, "b/run</th>"));
  EXPECT_TRUE(has(page, "All settings are the same."));
}

}  // namespace
}  // namespace facegan::report
