// What is said of a run's numbers.
#include "facegan/run/health.h"

#include <gtest/gtest.h>

#include <cmath>

#include "facegan/core/files.h"
#include "made_run.h"
#include "temporary_folder.h"

namespace facegan::run {
namespace {

class Health : public ::testing::Test {
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
      lines += metrics_json(m) + "\n";
    }
    core::write_file_atomic(folder_ / "run/metrics.jsonl", lines);
    run_.update();
    return all();
  }
  std::string all(bool live = false) {
    Evidence evidence = evidence_of(run_);
    evidence.live = live;
    std::string text;
    for (const Warning& w : warnings_of(evidence)) text += w.what + "\n";
    return text;
  }

  TemporaryFolder folder_;
  Record run_;
};

TEST_F(Health, AGoodRunHasNone) {
  EXPECT_EQ(all(), "");
}

TEST_F(Health, LossesAreNotFinite) {
  EXPECT_EQ(changed([](Metrics& m) {
              m.set("g_loss", m.step == 500 ? HUGE_VAL : m.step > 500 ? std::nan("") : 1);
            }),
            "The losses of 51 lines are not finite.\n");
}

TEST_F(Health, ItSlowedDown) {
  EXPECT_EQ(changed([](Metrics& m) { m.set("images_per_s", m.step > 800 ? 290 : 600); }),
            "Training has slowed down from 600 to 290 images/s.\n");
  EXPECT_EQ(changed([](Metrics& m) { m.set("images_per_s", m.step > 800 ? 310 : 600); }), "");
}

TEST_F(Health, SignsInTheNumbersAreTold) {
  EXPECT_EQ(
      changed([](Metrics& m) { m.set("d_accuracy_real", 0.995), m.set("d_accuracy_fake", 1); }),
      "The discriminator wins outright: it is right about 99.5% of the pictures, over the last 500 steps.\n");
}

TEST_F(Health, TheEndAndTheFiles) {
  run_.info->state = "running";
  EXPECT_EQ(all(true), "");
  EXPECT_EQ(all(false), "The run was broken off.\n");
  run_.info->state = "diverged", run_.info->rollbacks = 2, run_.info->unusable = 1;
  EXPECT_EQ(all(),
            "Training diverged.\nTraining diverged and went back to an earlier checkpoint 2 times.\n"
            "1 picture could not be used.\n");
}

}  // namespace
}  // namespace facegan::run
