// facegan data pack and data prune, and a training that takes its pictures from the packed file.
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>

#include "facegan/image/image.h"
#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

namespace fs = std::filesystem;
using namespace facegan;

class PackCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "in");
    for (int i = 0; i < 100; ++i) {
      image::Image picture(40, 40, 3, static_cast<unsigned char>(2 * i));
      write_text(folder_ / "in" / (std::to_string(100 + i) + ".png"), image::encode_png(picture));
    }
    write_text(folder_ / "in/bad.png", "no picture");
    environment_.push_back("FACEGAN_CACHE=" + (folder_ / "cache").string());
  }
  Outcome facegan(const Words& arguments) { return run({arguments, folder_.path(), environment_}); }
  Outcome pack() {
    return facegan({"data", "pack", "--preset", "dcgan", "--dataset", "folder", "--data", "in", "--size",
                    "32", "--json"});
  }
  Outcome train(const std::string& out) {
    return facegan({"train", "--preset", "dcgan", "--dataset", "folder", "--data", "in", "--size", "32",
                    "--width", "8", "--batch", "8", "--threads", "1", "--epochs", "2", "--out", out});
  }

  TemporaryFolder folder_;
  Words environment_;
};

TEST_F(PackCommands, MakeUseAndRemoveIt) {
  ASSERT_EQ(train("decoded").exit_code, 0);
  const Outcome made = pack();
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto json = nlohmann::json::parse(made.out);
  EXPECT_EQ(json.at("pictures"), 101);
  EXPECT_EQ(json.at("unusable"), 1);
  EXPECT_EQ(json.at("was_there"), false);
  EXPECT_EQ(fs::file_size(json.at("file").get<std::string>()), json.at("bytes"));
  EXPECT_EQ(nlohmann::json::parse(pack().out).at("was_there"), true);

  const Outcome outcome = train("packed");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("decoded pictures from "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("bad.png"), std::string::npos) << outcome.err;
  const std::string last = "checkpoints/" + checkpoints_of(folder_ / "packed").back();
  EXPECT_TRUE(checkpoint_contents(folder_ / "packed" / last) ==
              checkpoint_contents(folder_ / "decoded" / last));

  EXPECT_EQ(nlohmann::json::parse(facegan({"data", "prune", "--json"}).out).at("files"), 1);
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/packed"));
  EXPECT_EQ(facegan({"data", "pack", "--preset", "dcgan", "--dataset", "faces"}).exit_code, 2);
}

// Large enough for a run to keep it: 350 pictures of 192 KiB.
TEST_F(PackCommands, RunsKeepLargeSetsButTrialsDoNot) {
  const std::string picture = read_text(folder_ / "in/100.png");
  for (int i = 0; i < 250; ++i) write_text(folder_ / "in" / ("x" + std::to_string(i) + ".png"), picture);
  const Words call = {"train", "--preset",  "dcgan", "--dataset",   "folder", "--data",
                      "in",    "--size",    "256",   "--width",     "1",      "--batch",
                      "175",   "--threads", "1",     "--max-steps", "2"};
  const fs::path packed = folder_ / "cache/packed";
  ASSERT_EQ(facegan(call + Words{"--dry-run"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(packed));
  const Outcome outcome = facegan(call + Words{"--out", "run"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("are kept in "), std::string::npos) << outcome.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(packed), fs::directory_iterator()), 1);
  ASSERT_EQ(facegan({"data", "prune"}).exit_code, 0);
  const Outcome verified = facegan({"train", "--resume", "run", "--verify"});
  ASSERT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_TRUE(fs::is_empty(packed));
}

TEST_F(PackCommands, TwoAtOnceMakeOne) {
  auto other = std::async(std::launch::async, [this] { return pack(); });
  const Outcome one = pack(), two = other.get();
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(two.exit_code, 0) << two.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "cache/packed"), fs::directory_iterator()), 1);
  EXPECT_EQ(nlohmann::json::parse(pack().out).at("was_there"), true);
}

}  // namespace
