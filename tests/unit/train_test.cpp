// What surrounds the steps: failures to write, schedules, whether all numbers are finite.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "facegan/config/yaml.h"
#include "facegan/core/error.h"
#include "train/failures.h"
#include "train/model.h"
#include "train/schedule.h"

namespace facegan::train {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

// ---- failures ----------------------------------------------------------------------------------

void write_to_a_full_disk() {
  throw Error(ErrorKind::io, "cannot write x: no space");
}

std::string told_by(const std::function<void()>& what) {
  CaptureStderr();
  what();
  return GetCapturedStderr();
}

TEST(Failures, ToldOnceAndWhenItWorksAgain) {
  Failures failures;
  EXPECT_EQ(told_by([&] { EXPECT_FALSE(failures.attempt("grids", write_to_a_full_disk)); }),
            "facegan: warning: cannot write x: no space; training goes on\n");
  EXPECT_EQ(told_by([&] { EXPECT_FALSE(failures.attempt("grids", write_to_a_full_disk)); }), "");
  EXPECT_EQ(told_by([&] { EXPECT_TRUE(failures.attempt("grids", [] {})); }), "grids can be written again\n");
  EXPECT_EQ(told_by([&] { EXPECT_TRUE(failures.attempt("grids", [] {})); }), "");
  EXPECT_NE(told_by([&] { failures.attempt("grids", write_to_a_full_disk); }), "") << "a new failure";
}

TEST(Failures, SummaryHasTheLastOfEachKindThatStillFails) {
  Failures failures;
  EXPECT_EQ(failures.summary(), "");
  CaptureStderr();
  failures.record("metrics.jsonl", "disk full");
  failures.record("grids", "no folder");
  failures.record("metrics.jsonl", "disk gone");
  failures.record("report.html", "too large");
  failures.record("report.html", "");
  GetCapturedStderr();
  EXPECT_EQ(failures.summary(), "no folder; disk gone");
  EXPECT_EQ(failures.of("grids"), "no folder");
  EXPECT_EQ(failures.of("report.html"), "");
  EXPECT_EQ(failures.of("never tried"), "");
}

TEST(Failures, CatchOnlyWhatWritingThrows) {
  Failures failures;
  const auto refused = std::make_error_code(std::errc::permission_denied);
  CaptureStderr();
  EXPECT_FALSE(failures.attempt("samples", [&] { throw std::filesystem::filesystem_error("rm", refused); }));
  GetCapturedStderr();
  EXPECT_NE(failures.summary().find("Permission denied"), std::string::npos) << failures.summary();
  const std::string before = failures.summary();
  EXPECT_THROW(failures.attempt("a", [] { throw Error(ErrorKind::data, "torn"); }), Error);
  EXPECT_THROW(failures.attempt("b", [] { throw std::logic_error("a fault of ours"); }), std::logic_error);
  EXPECT_EQ(failures.summary(), before);
}

// ---- schedules ---------------------------------------------------------------------------------

TEST(Schedule, ByEpochs) {
  Schedule every_second("2");
  EXPECT_FALSE(every_second.by_time());
  std::vector<std::int64_t> due;
  for (std::int64_t step = 1; step <= 20; ++step)
    if (every_second.due(step, 4)) due.push_back(step);
  EXPECT_EQ(due, (std::vector<std::int64_t>{8, 16}));
  EXPECT_TRUE(every_second.includes(6));
  EXPECT_FALSE(every_second.includes(7));
}

double clock_s = 0;

TEST(Schedule, ByTime) {
  clock_s = 1000;
  Schedule every_minute("1m", [] { return clock_s; });
  EXPECT_TRUE(every_minute.by_time());
  EXPECT_FALSE(every_minute.includes(1)) << "epochs do not matter";
  std::vector<double> due;
  for (std::int64_t step = 1; step <= 10; ++step) {
    clock_s += 25;
    if (every_minute.due(step, 1)) due.push_back(clock_s - 1000);
  }
  EXPECT_EQ(due, (std::vector<double>{75, 150, 225})) << "a minute after the last one, at the end of a step";
}

// ---- models ------------------------------------------------------------------------------------

Model small() {
  config::Request request;
  request.preset = "dcgan";
  request.flags = {{"width", "2", "test"}, {"size", "32", "test"}};
  const config::Config c = config::resolve(request, nullptr).config;
  Model model(c, config::build_networks(c), at::kCPU);
  for (const auto& t : model.state()) t.tensor.detach().fill_(0.5);
  return model;
}

TEST(Model, NamesTheTensorThatIsNoLongerFinite) {
  const Model model = small();
  ASSERT_EQ(model.broken_tensor(), "");
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float faults[] = {std::nanf(""), kInfinity, -kInfinity};
  std::size_t moments = 0;
  for (const auto& [name, tensor] : model.state()) {
    moments += name.ends_with(".exp_avg") || name.ends_with(".exp_avg_sq");
    const at::Tensor one = tensor.detach().as_strided({1}, {1});  // whatever the memory layout
    for (const float fault : faults) {
      if (!tensor.is_floating_point()) continue;
      one.fill_(fault);
      EXPECT_EQ(model.broken_tensor(), name);
    }
    one.fill_(0.5);
  }
  EXPECT_GT(moments, 20u);
  EXPECT_EQ(model.broken_tensor(), "");
}

}  // namespace
}  // namespace facegan::train
