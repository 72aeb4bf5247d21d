// The report of a run, as training and `facegan report` write it.
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

class Report : public InFolder {
 protected:
  std::string state(const std::string& run) {
    return nlohmann::json::parse(read_text(folder_ / run / "run.json"))["state"];
  }
  bool shows(const std::string& page, const std::string& text) {
    return read_text(folder_ / page).find(text) != std::string::npos;
  }
};

TEST_F(Report, AThreeStepRunHasOneAndTheCommandWritesTheSame) {
  made(kTinyTrain + Words{"--max-steps", "3"});
  EXPECT_EQ(state("runs/0001-dcgan"), "finished");
  EXPECT_TRUE(shows("runs/0001-dcgan/report.html", "<dt>Step</dt><dd>3<small> of 3</small>"));
  EXPECT_TRUE(shows("runs/0001-dcgan/report.html", "alt=\"generated, epoch 1\""));
  EXPECT_FALSE(shows("runs/0001-dcgan/report.html", "data-reload-s=\""));
  const Snapshot before = snapshot(folder_.path());
  for (const Words& call : {Words{"report"}, Words{"report", "1"}, Words{"report", "runs/0001-dcgan"}}) {
    EXPECT_EQ(made(call), "runs/0001-dcgan/report.html\nruns/0001-dcgan/metrics.csv\n");
    EXPECT_TRUE(snapshot(folder_.path()) == before);
  }
}

TEST_F(Report, SaysHowARunEnded) {
  // Signals come while the first epoch's end is written, at the latest.
  const Words endless = kTinyTrain + Words{"--epochs", "100000"};
  const Outcome stopped = run({.arguments = endless + Words{"--out", "stopped"},
                               .folder = folder_.path(),
                               .signal_at = "about ",
                               .signal = SIGTERM});
  EXPECT_EQ(stopped.exit_code, 128 + SIGTERM) << stopped.err;
  EXPECT_EQ(state("stopped"), "stopped");

  const Outcome killed = run({.arguments = endless + Words{"--out", "killed", "--verbose"},
                              .folder = folder_.path(),
                              .signal_at = "\"step\":",
                              .signal = SIGKILL});
  EXPECT_EQ(killed.exit_code, -SIGKILL);
  EXPECT_EQ(state("killed"), "running");
  EXPECT_TRUE(shows("killed/report.html", "<body data-reload-s=\""));
  made({"report", "killed"});
  EXPECT_FALSE(shows("killed/report.html", "<body data-reload-s=\""));
  EXPECT_TRUE(shows("killed/report.html", "The run was broken off."));

  const Outcome diverged = facegan(
      kTinyTrain + Words{"--loss", "lsgan", "--precision", "fp32", "--lr", "1e6", "--out", "diverged"});
  EXPECT_EQ(diverged.exit_code, 5);
  EXPECT_EQ(state("diverged"), "diverged");
  EXPECT_TRUE(shows("diverged/report.html", "training diverged before step 2: "));
}

TEST_F(Report, SeveralRunsMakeAComparison) {
  made(kTinyTrain + Words{"--max-steps", "2"});
  made(kTinyTrain + Words{"--max-steps", "3", "--lr", "1e-3", "--out", "other"});
  EXPECT_EQ(made({"report", "1", "other"}), "report_0001_other.html\n");
  EXPECT_TRUE(shows("report_0001_other.html", "<th scope=\"row\">lr_g</th><td>0.0002</td><td>0.001</td>"));
  EXPECT_EQ(made({"report", "other", "--out", "new.html", "0001-dcgan"}), "new.html\n");
  EXPECT_TRUE(shows("new.html", "<title>other, 0001-dcgan - facegan</title>"));
}

TEST_F(Report, WhatIsNoRunIsRefused) {
  fs::create_directories(folder_ / "empty");
  fs::create_directories(folder_ / "linked/samples");
  write_text(folder_ / "victim", "precious");
  fs::create_symlink("../victim", folder_ / "linked/report.html");
  const std::vector<std::tuple<Words, int, std::string>> calls = {
      {{"report"}, 4, "there is no run"},
      {{"report", "5"}, 4, "no run '5'"},
      {{"report", "empty"}, 4, "empty is no run folder"},
      {{"report", "linked"}, 4, "linked/report.html is a link"},
      {{"report", "linked", "--out", "x.html"}, 2, "--out is for comparisons"},
      {{"report", "linked", "linked", "--out", "none/x.html"}, 6, "cannot write none/x.html"}};
  for (const auto& [call, code, said] : calls) {
    const Outcome outcome = facegan(call);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(said), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_EQ(read_text(folder_ / "victim"), "precious");
}

}  // namespace
