// When a run saves, what stays, and what cannot disturb it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

class Keep : public InFolder {
 protected:
  void train(const Words& arguments) {
    const Outcome outcome = facegan(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  std::vector<std::string> grids(const std::string& run) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / run / "samples"))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string last_bytes(const std::string& run) {
    return read_text(folder_ / run / "checkpoints" / checkpoints_of(folder_ / run).back());
  }
};

const Words kTenEpochs = {"--epochs", "10", "--faces-count", "45"};  // of 5 steps

TEST_F(Keep, TheNewestAndEveryNthCheckpointStay) {
  train(kTinyTrain + kTenEpochs + Words{"--keep", "2", "--keep-every", "4", "--out", "run"});
  EXPECT_EQ(checkpoints_of(folder_ / "run"),
            (Words{"step_00000020.safetensors", "step_00000040.safetensors", "step_00000045.safetensors",
                   "step_00000050.safetensors"}));
  // --keep-every makes the checkpoints that it keeps, whatever --checkpoint-every says.
  train(kTinyTrain + kTenEpochs +
        Words{"--keep", "1", "--keep-every", "3", "--checkpoint-every", "9h", "--out", "rare"});
  EXPECT_EQ(checkpoints_of(folder_ / "rare"),
            (Words{"step_00000015.safetensors", "step_00000030.safetensors", "step_00000045.safetensors",
                   "step_00000050.safetensors"}));
}

// So short a time that every step is late.
TEST_F(Keep, ByTime) {
  train(kTinyTrain + Words{"--max-steps", "4", "--checkpoint-every", "0.00001s", "--keep", "9",
                           "--sample-every", "0.00001s", "--out", "run"});
  EXPECT_EQ(checkpoints_of(folder_ / "run"),
            (Words{"step_00000000.safetensors", "step_00000001.safetensors", "step_00000002.safetensors",
                   "step_00000003.safetensors", "step_00000004.safetensors"}));
  EXPECT_EQ(grids("run"), (Words{"epoch_0000.png", "epoch_0001.png", "real.png", "step_00000001.png",
                                 "step_00000002.png", "step_00000003.png"}));
  // The GIF is made of them, and of the last grid, which stays longer.
  const std::string gif = read_text(folder_ / "run/training.gif"), control("\x21\xf9\x04", 3);
  int frames = 0;
  for (auto at = gif.find(control); at != std::string::npos; at = gif.find(control, at + 1)) ++frames;
  EXPECT_EQ(frames, 5);
}

TEST_F(Keep, MaxTimeEndsAndSaves) {
  const Words call = kTinyTrain + Words{"--max-steps", "7", "--out"};
  train(call + Words{"broken", "--max-time", "0.00001s"});  // but a step is done
  EXPECT_EQ(checkpoints_of(folder_ / "broken").back(), "step_00000001.safetensors");
  train({"train", "--resume", "broken"});
  EXPECT_EQ(checkpoints_of(folder_ / "broken").back(), "step_00000002.safetensors");
  train({"train", "--resume", "broken", "--max-time", "0"});
  train(call + Words{"whole"});
  EXPECT_TRUE(last_bytes("broken") == last_bytes("whole"));
  EXPECT_EQ(metrics_of(folder_ / "broken"), metrics_of(folder_ / "whole"));
}

TEST_F(Keep, RequestsOfAnotherFormAreRefused) {
  for (const Words& wrong :
       {Words{"--checkpoint-every", "0"}, Words{"--checkpoint-every", "5d"}, Words{"--sample-every", "-1m"},
        Words{"--max-time", "30"}, Words{"--keep", "0"}}) {
    const Outcome outcome = facegan(kTinyTrain + wrong);
    EXPECT_EQ(outcome.exit_code, 2) << wrong[0] << outcome.err;
    EXPECT_EQ(lines_of(outcome.err).size(), 1u) << outcome.err;
  }
}

// USR1 and USR2 in the middle of an epoch, and the run goes on to the same end.
TEST_F(Keep, SignalsForASaveAndForAGrid) {
  const Words call = kTinyTrain + Words{"--verbose", "--epochs", "2", "--keep", "9", "--out"};
  train(call + Words{"whole"});
  for (const int number : {SIGUSR1, SIGUSR2}) {
    const std::string name = number == SIGUSR1 ? "saved" : "shown";
    const Outcome outcome = run({.arguments = call + Words{name},
                                 .folder = folder_.path(),
                                 .signal_at = "{\"step\":4,",
                                 .signal = number});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("memory in use: "), std::string::npos);  // which scripts/gpu-check reads
    EXPECT_EQ(checkpoints_of(folder_ / name).size(), number == SIGUSR1 ? 4u : 3u);
    EXPECT_EQ(grids(name).size(), number == SIGUSR2 ? 5u : 4u);
    EXPECT_TRUE(last_bytes(name) == last_bytes("whole"));
    EXPECT_TRUE(read_text(folder_ / name / "training.gif") == read_text(folder_ / "whole/training.gif"));
  }
  EXPECT_TRUE(grids("shown").back().starts_with("step_000000")) << grids("shown").back();
}

TEST_F(Keep, ASecondProcessIsToldWhoTrains) {
  train(kTinyTrain + Words{"--max-steps", "2", "--out", "run"});
  EXPECT_FALSE(fs::exists(folder_ / "run/.lock"));
  write_text(folder_ / "run/.lock", "process 12 on host box\n");
  const Snapshot before = snapshot(folder_.path());
  {
    const facegan::core::Fd held(::open((folder_ / "run/.lock").c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
    const Outcome outcome = facegan({"train", "--resume", "run", "--max-steps", "3"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.err,
              "facegan: error: run is in use: process 12 on host box trains in it; wait for its end, or stop "
              "it (kill -TERM saves)\n");
    EXPECT_TRUE(snapshot(folder_.path()) == before);
    EXPECT_EQ(facegan({"train", "--resume", "run", "--max-steps", "3", "--dry-run"}).exit_code, 0);
    EXPECT_EQ(facegan({"sample", "--from", "run", "--count", "1"}).exit_code, 0);
    fs::rename(folder_ / "run/checkpoints", folder_ / "elsewhere");  // as if it had only begun
    const Outcome begun = facegan(kTinyTrain + Words{"--out", "run"});
    EXPECT_EQ(begun.exit_code, 2);
    EXPECT_NE(begun.err.find("run is in use: process 12"), std::string::npos) << begun.err;
    fs::rename(folder_ / "elsewhere", folder_ / "run/checkpoints");
  }
  // Nobody holds what a killed process has left.
  train({"train", "--resume", "run", "--max-steps", "3"});
  EXPECT_FALSE(fs::exists(folder_ / "run/.lock"));
}

TEST_F(Keep, TemporaryFilesOfKilledProcessesAreRemoved) {
  train(kTinyTrain + Words{"--max-steps", "2", "--out", "run"});
  const fs::path folder = folder_ / "run/checkpoints";
  const std::string ended = ".step_00000009.safetensors.2147483000.tmp";
  const std::string alive = facegan::core::str(".step_00000009.safetensors.", ::getpid(), ".tmp");
  for (const auto& name : {ended, alive, std::string(".mine.tmp")}) write_text(folder / name, "half");
  train({"train", "--resume", "run", "--max-steps", "3"});
  EXPECT_FALSE(fs::exists(folder / ended));
  EXPECT_TRUE(fs::exists(folder / alive));
  EXPECT_TRUE(fs::exists(folder / ".mine.tmp"));
}

}  // namespace
