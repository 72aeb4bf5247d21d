// One run of several processes, as torchrun starts them: by environment variables alone.
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "free_port.h"
#include "in_folder.h"

namespace {

class Ranks : public InFolder {
 protected:
  // The calls are those of rank 0, 1, ...
  std::vector<Outcome> together(std::vector<Call> calls) {
    const int port = free_port();
    std::vector<Outcome> outcomes(calls.size());
    std::vector<std::thread> threads;
    for (std::size_t rank = 0; rank < calls.size(); ++rank) {
      calls[rank].folder = folder_.path();
      for (const auto& [name, value] : {std::pair{"RANK", std::to_string(rank)},
                                        {"LOCAL_RANK", std::to_string(rank)},
                                        {"WORLD_SIZE", std::to_string(calls.size())},
                                        {"LOCAL_WORLD_SIZE", std::to_string(calls.size())},
                                        {"MASTER_ADDR", std::string("127.0.0.1")},
                                        {"MASTER_PORT", std::to_string(port)}})
        calls[rank].environment.push_back(std::string(name) + '=' + value);
      threads.emplace_back([&, rank] { outcomes[rank] = run(calls[rank]); });
    }
    for (auto& thread : threads) thread.join();
    return outcomes;
  }
  std::vector<Outcome> together(int count, const Words& arguments) {
    return together(std::vector<Call>(static_cast<std::size_t>(count), {.arguments = arguments}));
  }
};

void expect_ended_well(const std::vector<Outcome>& outcomes) {
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

// By the one that finds it first; another may end because that one has.
void expect_refused(const std::vector<Outcome>& outcomes) {
  int refused = 0;
  for (const auto& outcome : outcomes) {
    EXPECT_TRUE(outcome.exit_code == 2 || outcome.exit_code == 7) << outcome.exit_code << outcome.err;
    refused += outcome.exit_code == 2;
  }
  EXPECT_GE(refused, 1);
}

TEST_F(Ranks, OneIsWhatOneProcessIs) {
  ASSERT_EQ(facegan(kTinyTrain + Words{"--epochs", "2", "--out", "alone"}).exit_code, 0);
  expect_ended_well(together(1, kTinyTrain + Words{"--epochs", "1", "--out", "one"}));
  expect_ended_well(together(1, {"train", "--resume", "one", "--epochs", "2"}));
  EXPECT_EQ(metrics_of(folder_ / "one"), metrics_of(folder_ / "alone"));
  EXPECT_TRUE(read_text(folder_ / "one/checkpoints/step_00000100.safetensors") ==
              read_text(folder_ / "alone/checkpoints/step_00000100.safetensors"));
}

TEST_F(Ranks, TwoMakeTheRunOfOneAndOneGoesOn) {
  const Words train = kTinyTrain + Words{"--sync-batch-norm", "--epochs", "1"};
  ASSERT_EQ(facegan(train + Words{"--out", "alone"}).exit_code, 0);
  const auto outcomes = together(2, train + Words{"--out", "two", "--workers", "1"});
  expect_ended_well(outcomes);
  EXPECT_NE(outcomes[0].err.find("2 ranks train together"), std::string::npos) << outcomes[0].err;
  EXPECT_EQ(outcomes[0].out, "two\n");
  EXPECT_EQ(outcomes[1].out, "");
  EXPECT_EQ(outcomes[1].err, "");
  const auto expected = metrics_of(folder_ / "alone"), got = metrics_of(folder_ / "two");
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < 10; ++i) {  // 20 steps
    const auto there = nlohmann::json::parse(expected[i]), here = nlohmann::json::parse(got[i]);
    for (const char* key : {"d_loss", "g_loss"})
      EXPECT_NEAR(here[key].get<double>(), there[key].get<double>(),
                  1e-4 * std::abs(there[key].get<double>()))
          << got[i];
  }
  EXPECT_EQ(made({"train", "--resume", "two", "--epochs", "2"}), "two\n");
  EXPECT_EQ(metrics_of(folder_ / "two").size(), 50u);
}

TEST_F(Ranks, AreRefusedWhereTheyAreAskedForDifferentThings) {
  const Words train = kTinyTrain + Words{"--epochs", "1", "--out", "two"};
  const auto outcomes = together({{.arguments = train}, {.arguments = train + Words{"--lr", "0.1"}}});
  expect_refused(outcomes);
  EXPECT_NE((outcomes[0].err + outcomes[1].err).find("--lr-g is 0.1, on rank 0 0.0002"), std::string::npos)
      << outcomes[0].err << outcomes[1].err;
  EXPECT_FALSE(exists(folder_ / "two"));
}

TEST_F(Ranks, AreRefusedWhereABatchCannotBeShared) {
  const auto outcomes = together(3, kTinyTrain + Words{"--epochs", "1", "--out", "three"});
  expect_refused(outcomes);
  std::string told;
  for (const auto& outcome : outcomes) told += outcome.err;
  EXPECT_NE(told.find("batch 8 cannot be shared by 3 ranks; take 6 or 9"), std::string::npos) << told;
}

// Of the signal that one of them gets.
TEST_F(Ranks, SaveTogetherAndGoOnExactly) {
  const Words train = kTinyTrain + Words{"--epochs", "2", "--verbose"};
  expect_ended_well(together(2, train + Words{"--out", "whole"}));
  const Words broken = train + Words{"--out", "broken"};
  const auto outcomes = together(
      {{.arguments = broken, .signal_at = "{\"step\":54,", .signal = SIGTERM}, {.arguments = broken}});
  EXPECT_EQ(outcomes[0].exit_code, 143) << outcomes[0].err;
  EXPECT_EQ(outcomes[1].exit_code, 143) << outcomes[1].err;
  expect_ended_well(together(2, {"train", "--resume", "broken"}));
  EXPECT_EQ(metrics_of(folder_ / "broken"), metrics_of(folder_ / "whole"));
  EXPECT_TRUE(checkpoint_contents(folder_ / "broken/checkpoints/step_00000100.safetensors") ==
              checkpoint_contents(folder_ / "whole/checkpoints/step_00000100.safetensors"));
}

TEST_F(Ranks, EndWhenOneIsKilledAndStartAgainByTheSameCommand) {
  const Words train = kTinyTrain + Words{"--epochs", "2", "--verbose"};
  expect_ended_well(together(2, train + Words{"--out", "whole"}));
  const Words broken = train + Words{"--out", "broken", "--autoresume", "--rank-timeout", "10s"};
  const auto outcomes = together(
      {{.arguments = broken, .signal_at = "{\"step\":54,", .signal = SIGKILL}, {.arguments = broken}});
  EXPECT_EQ(outcomes[0].exit_code, -SIGKILL);
  EXPECT_EQ(outcomes[1].exit_code, 7) << outcomes[1].err;
  EXPECT_NE(outcomes[1].err.find("rank 0"), std::string::npos) << outcomes[1].err;
  expect_ended_well(together(2, broken));
  EXPECT_TRUE(checkpoint_contents(folder_ / "broken/checkpoints/step_00000100.safetensors") ==
              checkpoint_contents(folder_ / "whole/checkpoints/step_00000100.safetensors"));
  const Outcome other = facegan(broken + Words{"--lr", "0.1"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("holds a run with --lr-g 0.0002, not 0.1"), std::string::npos) << other.err;
}

}  // namespace
