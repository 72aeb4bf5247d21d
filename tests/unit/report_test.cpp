// metrics.jsonl, the plain form of the console, and the frames of the GIF.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "error_of.h"
#include "facegan/core/files.h"
#include "facegan/run/grid_style.h"
#include "facegan/run/history.h"
#include "facegan/run/metrics.h"
#include "report/console.h"
#include "report/metrics_file.h"
#include "temporary_folder.h"

namespace facegan::report {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

using run::Metrics;

Metrics at_step(std::int64_t step) {
  Metrics m;
  m.step = step, m.epoch = 1 + (step - 1) / 100, m.images = 128 * step;
  m.set("d_loss", 1.0 / 3), m.set("g_loss", 2);
  m.set("d_real", 0.75), m.set("d_fake", 1e-7);
  m.set("d_accuracy", 0.5), m.set("d_accuracy_real", 0.75), m.set("d_accuracy_fake", 0.25);
  m.set("images_per_s", 1234.56789), m.set("elapsed_s", 0.1234567);
  return m;
}

std::string text_of(const std::filesystem::path& path) {
  return core::read_file(path, 1 << 20, ErrorKind::io);
}

TEST(ReportMetrics, JsonHasTheKeysInOrderAndExactNumbers) {
  EXPECT_EQ(run::metrics_json(at_step(50)),
            R"({"step":50,"epoch":1,"images":6400,"d_loss":0.3333333333333333,"g_loss":2,"d_real":0.75,)"
            R"("d_fake":1e-07,"d_accuracy":0.5,"images_per_s":1234.568,"elapsed_s":0.123,)"
            R"("d_accuracy_real":0.75,"d_accuracy_fake":0.25})");
  Metrics diverged = at_step(1);
  diverged.set("d_loss", std::nan("")), diverged.set("g_loss", HUGE_VAL), diverged.set("d_real", -HUGE_VAL);
  const auto read = nlohmann::json::parse(run::metrics_json(diverged));
  EXPECT_EQ(read["d_loss"], "NaN");
  EXPECT_EQ(read["g_loss"], "Infinity");
  EXPECT_EQ(read["d_real"], "-Infinity");
}

TEST(ReportMetrics, ResumeContinuesWithoutAGapOrARepeatedStep) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl", whole = folder / "whole.jsonl";
  {
    MetricsFile unbroken({folder.path(), "whole.jsonl"}, 0);
    for (int step : {50, 100, 150, 200}) unbroken.numbers(at_step(step), {});
    MetricsFile first({folder.path(), "metrics.jsonl"}, 0);
    for (int step : {50, 100, 150}) first.numbers(at_step(step), {});
    first.sync();
  }
  std::ofstream(path, std::ios::app) << R"({"step":160,"epoch")";  // torn by a crash
  MetricsFile resumed({folder.path(), "metrics.jsonl"}, 100);
  for (int step : {150, 200}) resumed.numbers(at_step(step), {});
  EXPECT_EQ(text_of(path), text_of(whole));
}

TEST(ReportMetrics, OpeningKeepsGoodLinesAndANewRunStartsEmpty) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  core::write_file_atomic(path,
                          "{\"step\":1}\nnot json\n{\"step\":\"2\"}\n[3]\n"
                          "{\"step\":4}\n{\"step\":9}\n{\"step\":5}");
  MetricsFile({folder.path(), "metrics.jsonl"}, 5);
  EXPECT_EQ(text_of(path), "{\"step\":1}\n{\"step\":4}\n");
  MetricsFile({folder.path(), "metrics.jsonl"}, 0);
  EXPECT_EQ(text_of(path), "");
}

TEST(ReportMetrics, FailuresAreInputOutputErrorsWithThePath) {
  const TemporaryFolder folder;
  const auto missing = [&] { MetricsFile({folder / "none", "metrics.jsonl"}, 0); };
  EXPECT_EQ(error_of(missing).kind(), ErrorKind::io);
  EXPECT_EQ(error_of([&] {
              MetricsFile({folder.path().parent_path(), folder.path().filename()}, 0);
            }).kind(),
            ErrorKind::io);
}

// A disk that fills up in the middle of a line: the line is taken back, and later ones are whole.
TEST(ReportMetrics, ALineThatDoesNotFitIsTakenBackAndWrittenLater) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  MetricsFile file({folder.path(), "metrics.jsonl"}, 0);
  file.numbers(at_step(50), {});
  const std::string one_line = text_of(path);
  struct rlimit old {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { one_line.size() + 20, old.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Error error = error_of([&] { file.numbers(at_step(100), {}); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(error.kind(), ErrorKind::io);
  EXPECT_EQ(text_of(path), one_line);
  file.numbers(at_step(150), {});
  EXPECT_EQ(text_of(path),
            one_line + run::metrics_json(at_step(100)) + "\n" + run::metrics_json(at_step(150)) + "\n");
}

TEST(ReportMetrics, ARemovedFileBeginsAgainAndIsSaid) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  MetricsFile file({folder.path(), "metrics.jsonl"}, 0);
  file.numbers(at_step(50), {});
  std::filesystem::remove(path);
  ::testing::internal::CaptureStderr();
  for (int step : {100, 150}) file.numbers(at_step(step), {});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(text_of(path), run::metrics_json(at_step(100)) + "\n" + run::metrics_json(at_step(150)) + "\n");
  EXPECT_NE(said.find("metrics.jsonl was removed"), std::string::npos) << said;
  EXPECT_EQ(said.find('\n'), said.size() - 1);
}

// Training that goes back, on a disk that does not take it at once.
TEST(ReportMetrics, GoingBackDropsLaterLinesAsSoonAsThatCanBe) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl", aside = folder / "aside";
  MetricsFile file({folder.path(), "metrics.jsonl"}, 0);
  for (int step : {50, 100, 150}) file.numbers(at_step(step), {});
  std::filesystem::rename(path, aside);
  std::filesystem::create_directory(path);
  EXPECT_EQ(error_of([&] { file.go_back({.step = 100}); }).kind(), ErrorKind::io);
  EXPECT_EQ(error_of([&] { file.numbers(at_step(150), {}); }).kind(), ErrorKind::io);
  EXPECT_EQ(error_of([&] { file.go_back({.step = 50}); }).kind(), ErrorKind::io);
  EXPECT_EQ(error_of([&] { file.go_back({.step = 100}); }).kind(), ErrorKind::io);
  std::filesystem::remove(path);
  std::filesystem::rename(aside, path);
  file.numbers(at_step(100), {});
  EXPECT_EQ(text_of(path), run::metrics_json(at_step(50)) + "\n" + run::metrics_json(at_step(100)) + "\n");
}

// Of a run of 25 epochs.
Progress progress_at(std::int64_t step) {
  return {.step = step,
          .epoch = step / 100,
          .epochs = 25,
          .steps_per_epoch = 1582,
          .total_steps = 39550,
          .images_per_s = 1234.56789,
          .seconds_left = 725};
}

TEST(ReportConsole, PlainTextSaysWhereTheRunIs) {
  EXPECT_EQ(plain_text(progress_at(1200), at_step(1200)),
            "epoch 12/25  step 1,200/39,550  d_loss 0.333  g_loss 2.000  d_accuracy 75% real, 25% generated"
            "  1,235 images/s  12m 05s left");
  const Progress early{.step = 1, .epoch = 1, .epochs = 25, .total_steps = 39550};
  EXPECT_EQ(plain_text(early, {}), "epoch 1/25  step 1/39,550");
}

TEST(ReportConsole, LiveTextIsShortenedInAFixedOrder) {
  const auto text_in = [](std::size_t columns) {
    return live_text(progress_at(12000), at_step(12000), "cuda:1", std::int64_t{812} << 20, columns);
  };
  const std::pair<std::size_t, const char*> lines[] = {
      {200,
       "[######--------------]  epoch 120/25  step 12,000/39,550  d_loss 0.333  g_loss 2.000"
       "  d_accuracy 75% real, 25% generated  1,235 images/s  12m 05s left  cuda:1  812.0 MiB"},
      {167,
       "[######--------------]  epoch 120/25  step 12,000/39,550  d_loss 0.333  g_loss 2.000"
       "  real 75% fake 25%  1,235 images/s  12m 05s left  cuda:1  812.0 MiB"},
      {133,
       "[###-------]  epoch 120/25  step 12,000/39,550  D 0.333 G 2.000  real 75% fake 25%"
       "  1,235 images/s  12m 05s left  cuda:1  812.0 MiB"},
      {120,
       "epoch 120/25  step 12,000/39,550  D 0.333 G 2.000  real 75% fake 25%"
       "  1,235 images/s  12m 05s left  cuda:1  812.0 MiB"},
      {110,
       "epoch 120/25  step 12,000/39,550  D 0.333 G 2.000  real 75% fake 25%"
       "  1,235 images/s  12m 05s left  812.0 MiB"},
      {100,
       "epoch 120/25  step 12,000/39,550  D 0.333 G 2.000  real 75% fake 25%"
       "  1,235 images/s  12m 05s left"},
      {79, "epoch 120/25  D 0.333 G 2.000  real 75% fake 25%  1,235 images/s  12m 05s left"},
      {70, "epoch 120/25  D 0.333 G 2.000  real 75% fake 25%  12m 05s left"},
      {50, "epoch 120/25  D 0.333 G 2.000  12m 05s left"},
      {39, "120/25 D 0.333 G 2.000 12m 05s left"},
      {20, "120/25 12m 05s left"},
      {10, "120/25"},
      {3, "120"},
      {0, ""}};
  for (const auto& [columns, text] : lines) EXPECT_EQ(text_in(columns), text);
  for (std::size_t columns = 0; columns < 200; ++columns) EXPECT_LE(text_in(columns).size(), columns);
}

TEST(ReportConsole, LiveTextBeforeTheFirstLineOfMetrics) {
  const Progress early{.step = 1, .epoch = 1, .epochs = 25, .total_steps = 39550};
  EXPECT_EQ(live_text(early, {}, "cpu", 1 << 20, 100),
            "[--------------------]  epoch 1/25  step 1/39,550  cpu  1.0 MiB");
  EXPECT_EQ(live_text(early, {}, "cpu", 1 << 20, 30), "epoch 1/25  step 1/39,550");
}

// Standard error is no terminal here: whole lines, and only a few of them.
TEST(ReportConsole, PlainLinesAreFew) {
  CaptureStderr();
  Console console("cpu", [] {
    ADD_FAILURE() << "a plain line needs no memory";
    return 0;
  });
  Progress p{.epoch = 1, .epochs = 4, .steps_per_epoch = 100, .total_steps = 400};
  p.images_per_s = 60, p.seconds_left = 100;
  for (p.step = 1; p.step <= 150; ++p.step) console.step(p);
  p.step = 50, console.numbers(at_step(50), p);  // at once after the first line: held back
  p.step = 400, p.epoch = 4, p.images_per_s = 1234.56789, p.seconds_left = 0;
  console.numbers(at_step(400), p);  // the last step of the run: shown
  console.finish({}, p);
  EXPECT_EQ(GetCapturedStderr(),
            "epoch 1/4  step 1/400  60.0 images/s  1m 40s left\n"
            "epoch 4/4  step 400/400  d_loss 0.333  g_loss 2.000  d_accuracy 75% real, 25% generated"
            "  1,235 images/s  0.0s left\n");
}

// ---- where a run is ----------------------------------------------------------------------------

TEST(ReportPace, EpochIsThatOfTheStepJustDone) {
  const Pace pace({.epochs = 4, .steps_per_epoch = 100, .total_steps = 401, .batch = 8});
  for (const auto& [step, epoch] : {std::pair{0, 1}, {1, 1}, {100, 1}, {101, 2}, {400, 4}, {401, 4}})
    EXPECT_EQ(pace.at(step, 10).epoch, epoch) << "step " << step;
}

TEST(ReportPace, TimeLeftIsThatOfTheStepsOfThisProcess) {
  Pace pace({.epochs = 4, .steps_per_epoch = 100, .total_steps = 400, .batch = 8});
  pace.start(100, 1000, 70);
  const Progress begin = pace.at(100, 1000);
  EXPECT_LT(begin.seconds_left, 0) << "nothing is known yet";
  EXPECT_EQ(begin.images_per_s, 0);
  EXPECT_EQ(begin.elapsed_s, 70);
  const Progress later = pace.at(150, 1025);
  EXPECT_EQ(later.seconds_left, 125);  // 250 steps of half a second
  EXPECT_EQ(later.images_per_s, 16);
  EXPECT_EQ(later.session_s, 25);
  EXPECT_EQ(later.elapsed_s, 95);
  EXPECT_EQ(pace.at(400, 1150).seconds_left, 0);
  // Back to an earlier checkpoint: the clock begins anew.
  pace.start(120, 2000, 80);
  EXPECT_EQ(pace.at(130, 2020).seconds_left, 540);
  EXPECT_EQ(pace.at(130, 2020).elapsed_s, 100);
}

TEST(ReportPace, ATimeLimitIsTheMostThatIsLeft) {
  Pace pace({.epochs = 4, .steps_per_epoch = 100, .total_steps = 400, .batch = 8, .limit_s = 60});
  pace.start(100, 1000, 70);
  EXPECT_EQ(pace.at(150, 1025).seconds_left, 35);
  EXPECT_EQ(pace.at(350, 1055).seconds_left, 5);
  EXPECT_EQ(pace.at(350, 1062).seconds_left, 0);
  EXPECT_EQ(pace.at(399, 1010).seconds_left, 10.0 / 299);  // the last step
  EXPECT_FALSE(pace.at(150, 1025).ends_by_time) << "the number of steps still means something";
  Pace by_time({.epochs = 1000, .steps_per_epoch = 100, .total_steps = 100'000, .batch = 8, .limit_s = 60});
  by_time.start(100, 1000, 70);
  EXPECT_EQ(plain_text(by_time.at(150, 1025), {}), "epoch 2  step 150  16.0 images/s  35.0s left");
}

TEST(ReportPace, ALineHasTheRateSinceTheLastOne) {
  Pace pace({.epochs = 4, .steps_per_epoch = 100, .total_steps = 400, .batch = 8});
  pace.start(0, 0, 5);
  pace.line(50, 100);
  const Progress p = pace.at(100, 110);
  EXPECT_EQ(p.line_images_per_s, 40);
  EXPECT_EQ(p.seconds_left, 330) << "by the mean of the run";
  Metrics means = at_step(100);
  const Metrics m = timed(means, p);
  EXPECT_EQ(m["images_per_s"], 40);
  EXPECT_EQ(m["elapsed_s"], 115);
  EXPECT_EQ(m["d_loss"], means["d_loss"]);
  EXPECT_EQ(pace.at(50, 100).line_images_per_s, 0) << "no step since";
}

std::vector<std::int64_t> first_epochs(std::int64_t n) {
  std::vector<std::int64_t> epochs(n);
  std::iota(epochs.begin(), epochs.end(), 1);
  return epochs;
}

// Values of Python's round() in the published loop, with i = epoch - 1.
TEST(ReportGif, SquareRootRule) {
  const auto kept = run::gif_epochs(first_epochs(1000), "sqrt");
  ASSERT_EQ(kept.size(), 64u);
  EXPECT_EQ((std::vector<std::int64_t>(kept.begin(), kept.begin() + 12)),
            (std::vector<std::int64_t>{1, 2, 3, 5, 7, 9, 12, 16, 20, 24, 29, 35}));
  EXPECT_EQ(kept[62], 978);
  EXPECT_EQ(kept[63], 1000);
  EXPECT_EQ(run::gif_epochs(first_epochs(1000), "auto"), kept);
  // The rule looks at the epoch, not at the place in the list.
  EXPECT_EQ(run::gif_epochs({1, 4, 5, 6, 8}, "sqrt"), (std::vector<std::int64_t>{1, 4, 5, 8, 8}));
}

TEST(ReportGif, AllOfAShortRunAndTheLastOnceMore) {
  EXPECT_EQ(run::gif_epochs(first_epochs(3), "auto"), (std::vector<std::int64_t>{1, 2, 3, 3}));
  EXPECT_EQ(run::gif_epochs(first_epochs(200), "auto").size(), 201u);
  EXPECT_LT(run::gif_epochs(first_epochs(201), "auto").size(), 50u);
  EXPECT_EQ(run::gif_epochs(first_epochs(201), "all").size(), 202u);
  EXPECT_TRUE(run::gif_epochs({}, "all").empty());
  EXPECT_TRUE(run::gif_epochs({}, "every 3").empty());
  EXPECT_EQ(run::gif_epochs(first_epochs(10), "every 3"), (std::vector<std::int64_t>{3, 6, 9, 10}));
  EXPECT_EQ(run::gif_epochs(first_epochs(9), "every 3"), (std::vector<std::int64_t>{3, 6, 9, 9}));
  EXPECT_EQ(run::gif_epochs({2, 4, 6, 7}, "every 3"),
            (std::vector<std::int64_t>{6, 7}));  // of those there are
  EXPECT_EQ(run::gif_epochs(first_epochs(4), "every 5"), (std::vector<std::int64_t>{4}));
  EXPECT_EQ(run::gif_epochs(first_epochs(300), "every 1").size(), 301u);
  const Error error = error_of([] { run::gif_epochs({1}, "squrt"); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_NE(std::string(error.what()).find("did you mean 'sqrt'?"), std::string::npos);
}

TEST(ReportGrid, SheetsLookAsTheConfigurationSays) {
  config::Config config;
  config.grid_margin = 16, config.grid_color = "#0a80FF", config.grid_scale = 3, config.grid_invert = true;
  const image::GridStyle style = run::grid_style(config, {4, 7});
  EXPECT_EQ(style.rows, 4);
  EXPECT_EQ(style.columns, 7);
  EXPECT_EQ(style.margin, 16);
  EXPECT_EQ(style.margin_color, (std::array<unsigned char, 3>{10, 128, 255}));
  EXPECT_EQ(style.scale, 3);
  EXPECT_TRUE(style.invert);
  const image::GridStyle plain = run::grid_style({}, {8, 8}), fallback;
  EXPECT_EQ(plain.margin, fallback.margin);
  EXPECT_EQ(plain.margin_color, fallback.margin_color);
  for (const auto& [name, value] : {std::pair{"white", 255}, {"gray", 128}, {"black", 0}}) {
    config.grid_color = name;
    EXPECT_EQ(run::grid_style(config, {1, 1}).margin_color[1], value) << name;
  }
}

TEST(ReportLastMetrics, IsTheLastWholeLineOfAFileOfAnySize) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  const auto last_of = [&](const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    return run::last_metrics({folder.path(), "metrics.jsonl"});
  };
  EXPECT_FALSE(run::last_metrics({folder.path(), "metrics.jsonl"}));  // no file
  EXPECT_FALSE(last_of(""));
  EXPECT_FALSE(last_of("words\n[1]\n{}\n"));
  const std::string first = run::metrics_json(at_step(50)) + "\n",
                    second = run::metrics_json(at_step(100)) + "\n";
  const auto found = last_of(first + second);
  ASSERT_TRUE(found);
  EXPECT_EQ(run::metrics_json(*found) + "\n", second);
  EXPECT_EQ(last_of(first + second.substr(0, 20))->step, 50) << "a line that is not whole yet";
  EXPECT_EQ(last_of(first + "\n{\"step\":\n\n")->step, 50);
  EXPECT_EQ(last_of(first + std::string(60'000, 'x') + "\n")->step, 50);
  EXPECT_FALSE(last_of(first + std::string(100'000, 'x') + "\n")) << "read farther back than 64 KiB";
  EXPECT_FALSE(last_of(std::string(100'000, '['))) << "no line";

  const auto odd = last_of("{\"step\":7,\"d_loss\":\"NaN\",\"g_loss\":\"-Infinity\",\"images\":-4}\n");
  ASSERT_TRUE(odd);
  EXPECT_TRUE(odd->has("d_loss"));
  EXPECT_TRUE(std::isnan((*odd)["d_loss"]));
  EXPECT_EQ((*odd)["g_loss"], -HUGE_VAL);
  EXPECT_FALSE(odd->has("elapsed_s"));
  EXPECT_TRUE(std::isnan((*odd)["elapsed_s"])) << "not there";
  EXPECT_EQ(odd->images, 0);
}

}  // namespace
}  // namespace facegan::report
