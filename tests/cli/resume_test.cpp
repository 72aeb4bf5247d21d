// A run that is broken off anywhere and resumed gives the numbers of an unbroken one.
#include <gtest/gtest.h>
#include <signal.h>

#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

class Resume : public InFolder {
 protected:
  void train(const Words& arguments) {
    const Outcome outcome = facegan(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  // Broken off in the middle of the second epoch. The log (and so the test) is up to 40 steps ahead.
  Outcome broken_off(int signal, const std::string& workers) {
    return run({.arguments =
                    kTinyTrain + Words{"--verbose", "--epochs", "4", "--workers", workers, "--out", "broken"},
                .folder = folder_.path(),
                .signal_at = "{\"step\":54,",
                .signal = signal});
  }
  void unbroken() { train(kTinyTrain + Words{"--epochs", "4", "--workers", "1", "--out", "whole"}); }

  void expect_equal_to_unbroken() {
    const fs::path whole = folder_ / "whole", broken = folder_ / "broken";
    EXPECT_EQ(metrics_of(broken), metrics_of(whole));
    EXPECT_EQ(metrics_of(whole).size(), 100u);  // a line every 2 of 200 steps
    ASSERT_EQ(checkpoints_of(broken).back(), "step_00000200.safetensors");
    EXPECT_TRUE(checkpoint_contents(broken / "checkpoints/step_00000200.safetensors") ==
                checkpoint_contents(whole / "checkpoints/step_00000200.safetensors"));
    EXPECT_TRUE(snapshot(broken / "samples") == snapshot(whole / "samples"));
    EXPECT_TRUE(read_text(broken / "training.gif") == read_text(whole / "training.gif"));
  }
};

// The step of the newest checkpoint lies within an epoch.
void expect_within_epoch(const fs::path& run) {
  const int step = std::stoi(checkpoints_of(run).back().substr(5, 8));
  EXPECT_GE(step, 54);
  EXPECT_LT(step, 2 * kStepsPerEpoch);
}

TEST_F(Resume, TwoEpochsAndTwoMoreAreFour) {
  unbroken();
  train(kTinyTrain + Words{"--epochs", "2", "--workers", "3", "--out", "broken"});
  train({"train", "--resume", "broken", "--epochs", "4", "--workers", "1"});
  expect_equal_to_unbroken();
  // With the same number of workers in the end, not one byte differs.
  EXPECT_TRUE(read_text(folder_ / "broken/checkpoints/step_00000200.safetensors") ==
              read_text(folder_ / "whole/checkpoints/step_00000200.safetensors"));
}

TEST_F(Resume, StoppedBySigtermWithinAnEpoch) {
  unbroken();
  const Outcome stopped = broken_off(SIGTERM, "1");
  EXPECT_EQ(stopped.exit_code, 143);
  EXPECT_EQ(stopped.out, "broken\n");
  EXPECT_NE(stopped.err.find("stopped and saved at step "), std::string::npos) << stopped.err;
  expect_within_epoch(folder_ / "broken");
  train({"train", "--resume", "broken", "--workers", "3"});
  expect_equal_to_unbroken();
}

TEST_F(Resume, StoppedBySigintWithinAnEpoch) {
  unbroken();
  EXPECT_EQ(broken_off(SIGINT, "3").exit_code, 130);
  expect_within_epoch(folder_ / "broken");
  train({"train", "--resume=broken"});
  expect_equal_to_unbroken();
}

// A terminal that was closed.
TEST_F(Resume, StoppedBySighupWithinAnEpoch) {
  EXPECT_EQ(broken_off(SIGHUP, "1").exit_code, 129);
  expect_within_epoch(folder_ / "broken");
}

// Lines of metrics.jsonl that no checkpoint covers are done again, not repeated.
TEST_F(Resume, KilledWithinAnEpoch) {
  unbroken();
  EXPECT_EQ(broken_off(SIGKILL, "1").exit_code, -SIGKILL);
  // That of step 50 may still have been under way.
  EXPECT_LE(checkpoints_of(folder_ / "broken").back(), "step_00000050.safetensors");
  EXPECT_GT(metrics_of(folder_ / "broken").size(), 25u);
  train({"train", "--resume", "broken"});
  expect_equal_to_unbroken();
}

// Step 57: one step after a line of metrics, so a partial sum is carried over.
TEST_F(Resume, EndedByMaxSteps) {
  unbroken();
  train(kTinyTrain + Words{"--epochs", "4", "--max-steps", "57", "--workers", "3", "--out", "broken"});
  EXPECT_EQ(checkpoints_of(folder_ / "broken").back(), "step_00000057.safetensors");
  train({"train", "--resume", "broken", "--max-steps", "0", "--epochs", "4"});
  expect_equal_to_unbroken();
}

// The last grid of the first part is not one of the whole run's.
TEST_F(Resume, EndedBetweenTwoGrids) {
  const Words rare = kTinyTrain + Words{"--epochs", "4", "--sample-every", "3", "--out"};
  train(rare + Words{"whole"});
  train(rare + Words{"broken", "--max-steps", "100"});
  EXPECT_TRUE(fs::exists(folder_ / "broken/samples/epoch_0002.png"));
  train({"train", "--resume", "broken", "--max-steps", "0"});
  expect_equal_to_unbroken();
}

// What it has made by the rule that it had stays.
TEST_F(Resume, KeepsGridsWhenGridsBecomeRarer) {
  train(kTinyTrain + Words{"--epochs", "4", "--max-steps", "100", "--out", "broken"});
  train({"train", "--resume", "broken", "--max-steps", "0", "--sample-every", "3"});
  for (const int epoch : {0, 1, 2, 3, 4})
    EXPECT_TRUE(fs::exists(folder_ / ("broken/samples/epoch_000" + std::to_string(epoch) + ".png"))) << epoch;
}

TEST_F(Resume, OlderCheckpointInPlaceOfADamagedOne) {
  unbroken();
  train(kTinyTrain + Words{"--epochs", "4", "--max-steps", "57", "--out", "broken"});
  const fs::path newest = folder_ / "broken/checkpoints/step_00000057.safetensors";
  std::string bytes = read_text(newest);
  bytes[bytes.size() / 2] ^= 1;
  write_text(newest, bytes);
  const Outcome resumed = facegan({"train", "--resume", "broken", "--max-steps", "0"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  const auto named =
      resumed.err.find("facegan: warning: skipping a checkpoint: broken/checkpoints/step_00000057");
  EXPECT_NE(named, std::string::npos) << resumed.err;
  EXPECT_EQ(resumed.err.find("skipping", named + 30), std::string::npos) << resumed.err;  // once
  expect_equal_to_unbroken();
}

TEST_F(Resume, TheNewestRunIsOneThatCanBeRead) {
  train(kTinyTrain + Words{"--max-steps", "2"});
  train(kTinyTrain + Words{"--max-steps", "2"});
  for (const auto& name : checkpoints_of(folder_ / "runs/0002-dcgan"))
    write_text(folder_ / "runs/0002-dcgan/checkpoints" / name, "no tensors");
  const Outcome outcome = facegan({"train", "--resume", "--max-steps", "3"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "runs/0001-dcgan\n");
}

TEST_F(Resume, AFinishedRunHasNothingToDo) {
  train(kTinyTrain + Words{"--max-steps", "3"});
  const Snapshot before = snapshot(folder_.path());
  EXPECT_TRUE(before.contains("runs/0001-dcgan/config.yaml"));
  for (const Words& how :
       {Words{"--resume"}, Words{"--resume", "1"}, Words{"--resume", "0001-dcgan", "--max-steps", "2"},
        Words{"--resume", "runs/0001-dcgan", "--dry-run"}}) {
    const Outcome outcome = facegan(Words{"train"} + how);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err,
              "nothing to do: runs/0001-dcgan has done its 3 steps (--epochs and --max-steps are totals)\n");
    EXPECT_TRUE(snapshot(folder_.path()) == before) << how.back();
  }
}

TEST_F(Resume, ConfigYamlRepeatsTheRun) {
  train(kTinyTrain + Words{"--max-steps", "7", "--out", "first"});
  train({"train", "--config", "first/config.yaml", "--out", "second"});
  EXPECT_TRUE(read_text(folder_ / "first/checkpoints/step_00000007.safetensors") ==
              read_text(folder_ / "second/checkpoints/step_00000007.safetensors"));
  EXPECT_EQ(read_text(folder_ / "first/config.yaml"), read_text(folder_ / "second/config.yaml"));
  EXPECT_EQ(metrics_of(folder_ / "first"), metrics_of(folder_ / "second"));
}

// Every loss, penalty and order goes on as if it had not stopped, with whatever it draws at random.
class ResumeRecipe : public Resume, public ::testing::WithParamInterface<Words> {};

TEST_P(ResumeRecipe, StoppedInsideAnEpochEqualsUnbroken) {
  const Words recipe = kTinyTrain + GetParam();
  train(recipe + Words{"--max-steps", "61", "--workers", "2", "--out", "whole"});
  train(recipe + Words{"--max-steps", "28", "--workers", "1", "--out", "broken"});
  train({"train", "--resume", "broken", "--max-steps", "61", "--workers", "2"});
  EXPECT_EQ(metrics_of(folder_ / "broken"), metrics_of(folder_ / "whole"));
  EXPECT_TRUE(read_text(folder_ / "broken/checkpoints/step_00000061.safetensors") ==
              read_text(folder_ / "whole/checkpoints/step_00000061.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(
    Recipes, ResumeRecipe,
    ::testing::Values(Words{"--loss", "wgan-gp", "--d-steps", "3", "--penalty-every", "2"},
                      Words{"--loss", "relativistic", "--update", "concatenated", "--r1", "1"},
                      Words{"--loss", "lsgan", "--update", "simultaneous", "--label-flip", "0.1",
                            "--label-smoothing", "0.1"},
                      Words{"--loss", "hinge", "--update", "concatenated", "--gp", "1", "--penalty-every",
                            "3"},
                      Words{"--loss", "minimax", "--update", "simultaneous", "--d-steps", "2", "--r1", "2",
                            "--penalty-every", "4"},
                      Words{"--loss", "bce", "--accumulate", "2", "--d-steps", "2"}),
    [](const auto& recipe) {
      const std::string loss = recipe.param[1];
      return loss == "wgan-gp" ? "wgan_gp" : loss;
    });

}  // namespace
