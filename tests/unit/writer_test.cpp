// Checkpoints that are written behind the training thread.
#include "facegan/checkpoint/writer.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "checkpoint/state.h"
#include "facegan/run/folder.h"
#include "temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using namespace facegan::checkpoint;
namespace run = facegan::run;

class CheckpointWriter : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_ / "checkpoints"); }
  void save(std::int64_t step, const Retention& retention = {}) {
    writer_.save(
        step,
        [&] {
          return serialise({{"w", tensor_}}, {{run::kKeyFormat, run::kFormat}});
        },
        retention);
  }
  std::vector<std::int64_t> steps() const {
    std::vector<std::int64_t> all;
    for (const auto& file : run::checkpoint_files(folder_.path())) all.push_back(run::checkpoint_step(file));
    return all;
  }

  TemporaryFolder folder_;
  at::Tensor tensor_ = at::full({1000}, 1.0F);
  int begun_ = 0;
  std::vector<std::string> outcomes_;
  Writer writer_{folder_.path(),
                 {[this] { ++begun_; }, [this](const std::string& why) { outcomes_.push_back(why); }}};
};

TEST_F(CheckpointWriter, WritesTheValuesAtTheTimeOfTheCall) {
  save(1);
  tensor_.fill_(2);
  save(2);
  tensor_.fill_(3);
  writer_.wait();
  for (const int step : {1, 2}) {
    const auto loaded = run::load_file(run::checkpoint_file(folder_.path(), step));
    float value;
    std::memcpy(&value, loaded.file.bytes_of(*loaded.file.find("w")), sizeof value);
    EXPECT_EQ(value, static_cast<float>(step));
  }
  EXPECT_EQ(begun_, 2);
  EXPECT_EQ(outcomes_, (std::vector<std::string>{"", ""}));
}

TEST_F(CheckpointWriter, RemovesNothingUnlessTheNewFileIsThere) {
  for (const int step : {1, 2}) save(step, {.keep = 1});
  writer_.wait();
  EXPECT_EQ(steps(), std::vector<std::int64_t>{2});
  // A folder in the place of the file: it cannot be renamed there.
  fs::create_directories((run::checkpoint_file(folder_.path(), 3) / "taken").path());
  save(3, {.keep = 1});
  writer_.wait();
  EXPECT_TRUE(outcomes_.back().find("step_00000003.safetensors") != std::string::npos) << outcomes_.back();
  EXPECT_EQ(steps(), (std::vector<std::int64_t>{3, 2}));
  EXPECT_NO_THROW(run::load_file(run::checkpoint_file(folder_.path(), 2)));
  fs::remove_all(run::checkpoint_file(folder_.path(), 3).path());
  save(4, {.keep = 1});
  writer_.wait();
  EXPECT_EQ(outcomes_.back(), "");
  EXPECT_EQ(steps(), std::vector<std::int64_t>{4});
}

// A run that went on from before a damaged file must not count that one among the newest.
TEST_F(CheckpointWriter, DamagedFilesOfLaterStepsDoNotCount) {
  std::ofstream(run::checkpoint_file(folder_.path(), 9).path()) << "damaged";
  for (const int step : {5, 6, 7}) save(step, {.keep = 2, .every_step = 5});
  writer_.wait();
  save(8, {.keep = 2, .every_step = 5});
  writer_.wait();
  EXPECT_EQ(steps(), (std::vector<std::int64_t>{9, 8, 7, 5}));
}

}  // namespace
