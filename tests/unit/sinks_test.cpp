// What a run tells reaches all who listen, whatever becomes of one of them.
#include "train/sinks.h"

#include <gtest/gtest.h>

#include <thread>

#include "error_of.h"
#include "facegan/core/error.h"

namespace facegan::train {
namespace {

using report::Progress;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

std::vector<std::string> g_told;   // by all sinks, in order
std::optional<ErrorKind> g_fault;  // of the failing sink
bool g_writes = false;             // what it says of itself

class Told final : public report::Sink {
 public:
  bool start(const Progress&) override { return add("start"); }
  bool step(const Progress& p) override { return add("step " + std::to_string(p.step)); }
  bool numbers(const run::Metrics& m, const Progress&) override {
    return add("numbers " + std::to_string(m.step));
  }
  bool pictures(const report::Pictures& p, const Progress&) override { return add(p.path.string()); }
  bool go_back(const Progress& p) override { return add("back to " + std::to_string(p.step)); }
  bool sync() override { return add("sync"); }
  bool finish(const report::End& end, const Progress&) override { return add(end.state); }

 private:
  static bool add(const std::string& what) {
    g_told.push_back(what);
    return true;
  }
};

class Failing final : public report::Sink {
 public:
  bool step(const Progress&) override { return false; }
  bool numbers(const run::Metrics&, const Progress&) override { return fail(); }
  bool sync() override { return fail(); }

 private:
  static bool fail() {
    if (g_fault) throw Error(*g_fault, "cannot write it");
    return g_writes;
  }
};

using Made = std::unique_ptr<report::Sink>;
const report::SinkRow kTable[] = {
    {"the first", [](const report::SinkSetup&) -> Made { return std::make_unique<Failing>(); }},
    {"none", [](const report::SinkSetup&) -> Made { return nullptr; }},
    {"the last", [](const report::SinkSetup&) -> Made { return std::make_unique<Told>(); }}};

class SinksTest : public ::testing::Test {
 protected:
  void SetUp() override { g_told.clear(), g_fault.reset(), g_writes = false; }
  static run::Metrics line(std::int64_t step) {
    run::Metrics m;
    m.step = step;
    return m;
  }
  Failures failures_;
  Sinks sinks_{{}, failures_, kTable};
};

TEST_F(SinksTest, EachEventReachesThem) {
  sinks_.pictures({.path = "real.png"}, {});
  sinks_.start({});
  sinks_.numbers(line(2), {.step = 2});
  sinks_.step({.step = 2});
  sinks_.go_back({.step = 1});
  std::thread([&] { sinks_.sync(); }).join();
  sinks_.finish({.state = "stopped"}, {});
  EXPECT_EQ(g_told, (std::vector<std::string>{"real.png", "start", "numbers 2", "step 2", "back to 1", "sync",
                                              "stopped"}));
  EXPECT_EQ(failures_.summary(), "");
}

TEST_F(SinksTest, OneThatFailsStopsNoOtherAndIsToldOnce) {
  g_fault = ErrorKind::io;
  CaptureStderr();
  for (const std::int64_t step : {1, 2, 3}) {
    sinks_.numbers(line(step), {.step = step});
    sinks_.step({.step = step});
  }
  sinks_.sync();
  EXPECT_EQ(GetCapturedStderr(), "facegan: warning: cannot write it; training goes on\n");
  EXPECT_EQ(g_told, (std::vector<std::string>{"numbers 1", "step 1", "numbers 2", "step 2", "numbers 3",
                                              "step 3", "sync"}));
  EXPECT_EQ(failures_.of("the first"), "cannot write it");
  EXPECT_EQ(failures_.of("the last"), "");
}

TEST_F(SinksTest, AFailureIsOverWhenSomethingWasWritten) {
  g_fault = ErrorKind::io;
  CaptureStderr();
  sinks_.numbers(line(1), {});
  g_fault.reset();
  sinks_.step({});              // writes nothing
  sinks_.numbers(line(2), {});  // nor does this
  EXPECT_EQ(failures_.summary(), "cannot write it");
  g_writes = true;
  sinks_.sync();
  EXPECT_EQ(GetCapturedStderr(),
            "facegan: warning: cannot write it; training goes on\nthe first can be written again\n");
  EXPECT_EQ(failures_.summary(), "");
}

TEST_F(SinksTest, OtherErrorsEndTheRun) {
  g_fault = ErrorKind::internal;
  EXPECT_EQ(error_of([&] { sinks_.numbers(line(1), {}); }).kind(), ErrorKind::internal);
}

}  // namespace
}  // namespace facegan::train
