// What recommended presets leave to few pictures.
#include "app/train/small_set.h"

#include <gtest/gtest.h>

#include "facegan/config/options.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

using config::Resolved;
using Flags = std::vector<std::pair<std::string, std::string>>;

class SmallSet : public testing::Test {
 protected:
  static Resolved resolved(const std::string& preset, const Flags& flags = {}) {
    std::vector<config::Setting> all = {{"dataset", "folder", "flag --dataset"}};
    for (const auto& [key, value] : flags) all.push_back({key, value, "flag " + config::flag_name(key)});
    return config::resolve({.flags = all, .preset = preset}, nullptr);
  }
  // For so many pictures.
  config::Config settled(std::int64_t pictures, const std::string& preset = "faces",
                         const Flags& flags = {}) {
    Resolved all = resolved(preset, flags);
    testing::internal::CaptureStderr();
    settle_small_set(all, pictures);
    said_ = testing::internal::GetCapturedStderr();
    return all.config;
  }
  bool says(const std::string& text) const { return said_.find(text) != std::string::npos; }

  std::string said_;
};

TEST_F(SmallSet, WhatChangesIsTold) {
  const config::Config preset = resolved("faces", {{"flip", "false"}}).config, c = settled(300);
  EXPECT_EQ(c.augment_p, "auto");
  EXPECT_TRUE(says("only 300 pictures: the probability of augmentation follows")) << said_;
  EXPECT_EQ(c.epochs, 33 * preset.epochs);
  EXPECT_EQ(c.evaluate_every, "33");
  EXPECT_EQ(c.sample_every, "33");
  EXPECT_EQ(c.checkpoint_every, "33");
  EXPECT_TRUE(says(core::str("only 300 pictures: ", c.epochs, " epochs instead of ", preset.epochs,
                             ", with checkpoints, grids and evaluations 33 times as far apart: ")))
      << said_;
  // 50,000 pictures: evaluations after 33 epochs of 285 each.
  EXPECT_EQ(c.stop_when_worse, 6);
  EXPECT_TRUE(says("it ends after 6 evaluations without a better one")) << said_;
  // A preset that does not mirror.
  Resolved plain = resolved("faces");
  plain.config.flip = false;
  settle_small_set(plain, 300);
  EXPECT_TRUE(plain.config.flip);
  EXPECT_EQ(plain.sources.at("flip"), "for 300 pictures");
}

TEST_F(SmallSet, WhatTheUserHasSetStays) {
  const config::Config c = settled(300, "faces",
                                   {{"flip", "false"},
                                    {"augment_p", "0.5"},
                                    {"epochs", "24"},
                                    {"evaluate_every", "2"},
                                    {"stop_when_worse", "0"}});
  EXPECT_FALSE(c.flip);
  EXPECT_EQ(c.augment_p, "0.5");
  EXPECT_EQ(c.epochs, 24);
  EXPECT_EQ(c.evaluate_every, "2");
  EXPECT_EQ(c.sample_every, "1");
  EXPECT_EQ(c.stop_when_worse, 0);
  EXPECT_EQ(said_, "");
  // By what they set the rest is chosen.
  EXPECT_EQ(settled(300, "faces", {{"epochs", "900"}, {"evaluate_every", "10"}}).stop_when_worse, 18);
  EXPECT_EQ(settled(300, "faces", {{"evaluate_every", "5m"}}).stop_when_worse, 5);
  EXPECT_EQ(settled(300, "faces", {{"evaluate_every", "0"}}).stop_when_worse, 0);
  EXPECT_EQ(settled(300, "faces", {{"evaluate_every", "200"}}).stop_when_worse, 3);
  // Epochs that are measured are few pictures, too.
  const config::Config timed = settled(300, "faces", {{"epochs", "auto"}, {"max_time", "10m"}});
  EXPECT_EQ(timed.epochs, 0);
  EXPECT_EQ(timed.evaluate_every, "33");
  // Without a hold-out a loss that compares has nothing to adapt by.
  EXPECT_EQ(settled(300, "faces", {{"hold_out", "0"}}).augment_p, resolved("faces").config.augment_p);
  EXPECT_EQ(settled(9).augment_p, resolved("faces").config.augment_p) << "none is held out of nine";
}

TEST_F(SmallSet, NothingElseChanges) {
  for (const auto& [preset, pictures] :
       std::vector<std::pair<std::string, std::int64_t>>{{"dcgan", 300}, {"lfw", 300}, {"faces", 2000}}) {
    EXPECT_EQ(config::to_yaml(settled(pictures, preset)), config::to_yaml(resolved(preset).config)) << preset;
    EXPECT_EQ(said_, "");
  }
}

}  // namespace
}  // namespace facegan::app
