// What recipes have for a CPU that computes in fp32 on few threads.
#include "app/train/small_cpu.h"

#include <gtest/gtest.h>

#include <utility>

#include "facegan/config/options.h"

namespace facegan::app {
namespace {

using Flags = std::vector<std::pair<std::string, std::string>>;

class SmallCpu : public testing::Test {
 protected:
  config::Resolved settled(Flags flags, const std::string& preset = "faces") {
    std::vector<config::Setting> all;
    flags.insert(flags.begin(), {"device", "cpu"});
    for (const auto& [key, value] : flags) all.push_back({key, value, "flag " + config::flag_name(key)});
    config::Resolved resolved = config::resolve({.flags = all, .preset = preset}, nullptr);
    said_ = settle_small_cpu(resolved);
    return resolved;
  }
  bool is_taken(const Flags& flags, const std::string& preset = "faces") {
    const std::int64_t batch = settled(flags, preset).config.batch;
    EXPECT_EQ(said_.empty(), batch != 8) << said_;
    return batch == 8;
  }

  std::string said_;
};

TEST_F(SmallCpu, WhatChangesIsTold) {
  const auto [config, sources, small_cpu] = settled({{"precision", "fp32"}, {"threads", "4"}});
  EXPECT_EQ(config.batch, 8);
  EXPECT_EQ(config.lr_g, 8e-4);
  EXPECT_EQ(config.lr_d, 8e-4);
  EXPECT_EQ(sources.at("batch"), "preset faces, small_cpu");
  EXPECT_EQ(sources.at("lr_d"), sources.at("batch"));
  EXPECT_NE(said_.find("--batch 8 --lr 0.0008: "), std::string::npos) << said_;
  EXPECT_NE(said_.find("(--batch 16 --lr 0.0012: "), std::string::npos) << said_;
}

TEST_F(SmallCpu, IsTakenInFp32OnFewThreadsAlone) {
  EXPECT_TRUE(is_taken({{"precision", "fp32"}, {"threads", "1"}}));
  EXPECT_FALSE(is_taken({{"precision", "fp32"}, {"threads", "5"}}));
  EXPECT_FALSE(is_taken({{"precision", "bf16"}, {"threads", "2"}}));
  EXPECT_FALSE(is_taken({{"precision", "fp32"}, {"threads", "2"}}, "dcgan"));
  EXPECT_FALSE(is_taken({{"precision", "fp32"}, {"threads", "2"}}, "quickstart"));
}

}  // namespace
}  // namespace facegan::app
