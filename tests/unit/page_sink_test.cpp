// The page of a run that trains: made of what it is told, not of the file that the same process writes.
#include <gtest/gtest.h>

#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/report/report.h"
#include "facegan/report/sink.h"
#include "facegan/run/files.h"
#include "made_run.h"
#include "page_text.h"
#include "temporary_folder.h"

namespace facegan::report {
namespace {

using run::Metrics;

class PageSink : public ::testing::Test {
 protected:
  void SetUp() override {
    make_run(run_, {});  // six lines, to step 300
    info_ = *run::read_info(run_);
    info_.total_steps = 600;
    sink_ = page_sink().make({.folder = run_, .step = 300, .info = [this] { return info_; }});
  }
  static Metrics line(std::int64_t step) {
    Metrics m;
    m.step = step, m.epoch = 4, m.images = 128 * step;
    for (const auto metric : spec::metrics()) m.set(metric, 0.123456789);
    return m;
  }
  static Progress at(std::int64_t step) {
    return {.step = step, .epoch = 4, .epochs = 6, .steps_per_epoch = 100, .total_steps = 600};
  }
  std::string page() const { return text_of(run_ / "report.html"); }
  // By somebody who reads the folder.
  std::string page_of_folder() const {
    ReportWriter(run_).write(false);
    return page();
  }

  TemporaryFolder folder_;
  const std::filesystem::path run_ = folder_ / "run";
  run::Info info_;
  std::unique_ptr<Sink> sink_;
};

TEST_F(PageSink, ShowsWhatTheRunHadSaidBefore) {
  EXPECT_TRUE(sink_->start(at(300)));
  EXPECT_TRUE(has(page(), "<dd>300<"));
  EXPECT_TRUE(has(page(), ">training</p>"));
  EXPECT_EQ(run::read_info(run_)->state, "running");
}

TEST_F(PageSink, HasTheBytesOfAPageMadeOfTheFolder) {
  std::string lines = text_of(run_ / "metrics.jsonl");
  for (const std::int64_t step : {350, 400}) {
    sink_->numbers(line(step), at(step));
    lines += run::metrics_json(line(step)) + "\n";
  }
  run::write_file(run_, run::kMetricsFile, lines);
  sink_->finish({.state = "stopped", .error = "\xff", .rest = line(401)}, at(401));
  const std::string told = page(), csv = text_of(run_ / "metrics.csv");
  EXPECT_TRUE(has(told, "<dd>401<"));
  EXPECT_TRUE(page_of_folder() == told);
  EXPECT_EQ(text_of(run_ / "metrics.csv"), csv);
}

TEST_F(PageSink, DoesNotReadTheLinesAgain) {
  sink_->numbers(line(350), at(350));
  sink_->finish({}, at(350));
  const std::string before = page();
  EXPECT_TRUE(has(before, "<dd>350<"));
  run::write_file(run_, run::kMetricsFile, "spoilt\n");
  sink_->finish({}, at(350));
  EXPECT_TRUE(page() == before);
  EXPECT_FALSE(page_of_folder() == before) << "the file is spoilt";
}

TEST_F(PageSink, GoingBackDropsLaterLines) {
  sink_->finish({}, at(300));
  const std::string before = page();
  for (const std::int64_t step : {350, 400}) sink_->numbers(line(step), at(step));
  sink_->go_back(at(300));
  sink_->finish({}, at(300));
  EXPECT_TRUE(page() == before);
}

TEST_F(PageSink, WritesSeldomWhileTheRunLives) {
  EXPECT_FALSE(sink_->step(at(301))) << "there is no news";
  sink_->numbers(line(400), at(400));
  EXPECT_TRUE(sink_->step(at(400))) << "the first page";
  EXPECT_FALSE(sink_->step(at(401))) << "no news since";
  sink_->numbers(line(500), at(500));
  EXPECT_FALSE(sink_->step(at(500))) << "so soon after the last one";
  const auto last = page_sink().make({.folder = run_, .step = 300, .info = [this] { return info_; }});
  last->numbers(line(600), at(600));
  EXPECT_FALSE(last->step(at(600))) << "the end writes it";
}

TEST_F(PageSink, AnythingThatCannotBeWrittenIsAnInputOutputError) {
  std::filesystem::create_directory(run_ / "report.html");
  try {
    sink_->start(at(300));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::io);
  }
}

TEST(SinkTable, HasARowForEachWhoListens) {
  std::vector<std::string> names;
  for (const SinkRow& row : sinks()) names.emplace_back(row.name);
  EXPECT_EQ(names, (std::vector<std::string>{"metrics.jsonl", "TensorBoard's events", "the console",
                                             "--preview", "report.html"}));
  EXPECT_STREQ(page_sink().name, "report.html");
  EXPECT_EQ(sinks()[3].make({}), nullptr) << "without --preview";
}

}  // namespace
}  // namespace facegan::report
