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
#include "facegan/run/record.h"
#include "made_run.h"
#include "page_text.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/sheets.h"
#include "report/warnings.h"
#include "temporary_folder.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;
using run::Metrics;

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

// ---- warnings ---------------------------------------------------------------------------------

class ReportWarnings : public ::testing::Test {
 protected:
  void SetUp() override {
    make_run(folder_ / "run", {.epochs = 10, .lines_per_epoch = 10});
    run_.folder = folder_ / "run";
    run_.update();
  }
  // All of a run whose lines were changed.
  template <class Change>
  std::string changed(Change change) {
    std::string lines;
    for (Metrics m : run_.metrics.rows()) {
      change(m);
      lines += run::metrics_json(m) + "\n";
    }
    core::write_file_atomic(folder_ / "run/metrics.jsonl", lines);
    run_.update();
    return all();
  }
  std::string all(bool live = false, const Spreads& spreads = {}) {
    std::string text;
    for (const Warning& w : warnings_of(run_, live, spreads)) text += w.what + "\n";
    return text;
  }

  TemporaryFolder folder_;
  run::Record run_;
};

TEST_F(ReportWarnings, AGoodRunHasNone) {
  EXPECT_EQ(all(false, {50, 60}), "");
}

TEST_F(ReportWarnings, DWins) {
  EXPECT_EQ(changed([](Metrics& m) { m.set("d_accuracy", m.step > 700 ? 0.995 : 0.8); }),
            "The discriminator wins outright: it is right in 99.5% of cases, over the last 190 steps.\n");
  run_.config->loss = "wgan-gp";
  EXPECT_EQ(all(), "");
}

TEST_F(ReportWarnings, LossesAreNotFinite) {
  EXPECT_EQ(changed([](Metrics& m) {
              m.set("g_loss", m.step == 500 ? HUGE_VAL : m.step > 500 ? std::nan("") : 1);
            }),
            "The losses of 51 lines are not finite.\n");
}

TEST_F(ReportWarnings, ItSlowedDown) {
  EXPECT_EQ(changed([](Metrics& m) { m.set("images_per_s", m.step > 800 ? 290 : 600); }),
            "Training has slowed down from 600 to 290 images/s.\n");
  EXPECT_EQ(changed([](Metrics& m) { m.set("images_per_s", m.step > 800 ? 310 : 600); }), "");
}

TEST_F(ReportWarnings, PicturesAreAlike) {
  EXPECT_EQ(all(false, {10, 60}),
            "The generated pictures are much alike: they vary 16.7% as much as the real ones.\n");
  EXPECT_EQ(all(false, {-1, 60}) + all(false, {10, -1}), "");
}

TEST_F(ReportWarnings, TheEndAndTheFiles) {
  run_.info->state = "running";
  EXPECT_EQ(all(true), "");
  EXPECT_EQ(all(false), "The run was broken off.\n");
  run_.info->state = "diverged", run_.info->rollbacks = 2, run_.info->unusable = 1;
  EXPECT_EQ(all(),
            "Training diverged.\nTraining diverged and went back to an earlier checkpoint 2 times.\n"
            "1 picture could not be used.\n");
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
