// Training that leaves the numbers. Least squares at these rates overflow in the first steps.
#include <gtest/gtest.h>

#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

class Divergence : public InFolder {};

// In one precision: at which rate it overflows depends on it.
Words least_squares(const std::string& out) {
  return kTinyTrain + Words{"--loss", "lsgan", "--precision", "fp32", "--out", out};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

TEST_F(Divergence, StopsAndKeepsTheLastGoodCheckpoint) {
  const Outcome outcome = facegan(least_squares("run") + Words{"--lr", "1e6"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_NE(outcome.err.find("facegan: error: training diverged before step 2: "), std::string::npos)
      << outcome.err;
  EXPECT_EQ(checkpoints_of(folder_ / "run"), Words{"step_00000000.safetensors"});
  EXPECT_EQ(read_text(folder_ / "run/metrics.jsonl"), "");
}

// Found before a save, too, when no line is due.
TEST_F(Divergence, IsNeverSaved) {
  const Outcome outcome =
      facegan(least_squares("run") + Words{"--lr", "1e6", "--log-every", "1000", "--max-steps", "3"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_EQ(checkpoints_of(folder_ / "run"), Words{"step_00000000.safetensors"});
}

TEST_F(Divergence, GivesUpAfterThreeRollbacks) {
  const Outcome outcome = facegan(least_squares("run") + Words{"--lr", "1e6", "--on-divergence", "rollback"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_EQ(count(outcome.err, "facegan: warning: rollback "), 3u) << outcome.err;
  EXPECT_NE(outcome.err.find("rollback 3 of 3: back to step_00000000.safetensors, learning rates 125000 (G) "
                             "and 125000 (D), other noise\n"),
            std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find(", after 3 rollbacks; "), std::string::npos) << outcome.err;
  EXPECT_EQ(count(read_text(folder_ / "run/log.txt"), "rollback "), 3u);
}

// Within a run: an epoch at a low rate, then one that is too high.
TEST_F(Divergence, ARollbackGoesOnAndResumesAsUnbroken) {
  const Words wild = {"--lr", "1.2e5", "--allow-config-change", "lr", "--on-divergence", "rollback"};
  for (const char* name : {"whole", "broken"}) {
    ASSERT_EQ(facegan(least_squares(name) + Words{"--max-steps", "51"}).exit_code, 0);
    const Words resume = Words{"train", "--resume", name} + wild;
    if (name == std::string("broken")) {
      ASSERT_EQ(facegan(resume + Words{"--max-steps", "71"}).exit_code, 0);
      ASSERT_EQ(facegan({"train", "--resume", "broken", "--max-steps", "130"}).exit_code, 0);
    } else {
      const Outcome outcome = facegan(resume + Words{"--max-steps", "130"});
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      EXPECT_EQ(count(outcome.err, "facegan: warning: rollback "), 2u) << outcome.err;
    }
  }
  EXPECT_EQ(metrics_of(folder_ / "broken"), metrics_of(folder_ / "whole"));
  EXPECT_EQ(metrics_of(folder_ / "whole").size(), 65u);  // no step twice
  const std::string last = "checkpoints/step_00000130.safetensors";
  EXPECT_TRUE(read_text(folder_ / "broken" / last) == read_text(folder_ / "whole" / last));
  EXPECT_EQ(facegan({"train", "--resume", "whole", "--verify"}).exit_code, 0);
}

// Back to a checkpoint whose step has a line and an evaluation already: neither comes again.
TEST_F(Divergence, ARollbackWritesNoLineTwice) {
  const Words every_epoch = {"--evaluate-every", "1", "--max-steps", "50"};
  ASSERT_EQ(facegan(least_squares("run") + every_epoch).exit_code, 0);
  const auto before = metrics_of(folder_ / "run");
  ASSERT_EQ(before.size(), 25u);
  EXPECT_NE(before.back().find("\"swd\""), std::string::npos) << before.back();
  const Outcome outcome = facegan({"train", "--resume", "run", "--lr", "1.2e5", "--allow-config-change", "lr",
                                   "--on-divergence", "rollback", "--max-steps", "100"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_GE(count(outcome.err, "back to step_00000050.safetensors"), 1u) << outcome.err;
  EXPECT_EQ(count(outcome.err, "step 50: swd"), 0u) << outcome.err;
  EXPECT_EQ(count(outcome.err, "step 100: swd"), 1u) << outcome.err;
  const auto after = metrics_of(folder_ / "run");
  ASSERT_EQ(after.size(), 50u);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i], before[i]);
  for (std::size_t i = 0; i < after.size(); ++i)
    EXPECT_EQ(after[i].find("{\"step\":" + std::to_string(2 * i + 2) + ","), 0u) << after[i];
}

}  // namespace
