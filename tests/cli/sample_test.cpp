// What a seed means: the pictures of `sample`.
#include <gtest/gtest.h>

#include "in_folder.h"

namespace {

class Sample : public InFolder {
 protected:
  void SetUp() override { made(kTinyTrain + Words{"--max-steps", "3"}); }
  // Standard output of a call that must succeed.
  std::string bytes(const std::string& name) { return read_text(folder_ / name); }
};

TEST_F(Sample, TheSameSeedGivesTheSameBytes) {
  EXPECT_EQ(made({"sample", "--seed", "1234"}), "sample_1234.png\n");
  EXPECT_EQ(made({"sample", "--seed", "1234", "--from", "0001-dcgan", "--out", "again.PNG"}), "again.PNG\n");
  EXPECT_EQ(
      made({"sample", "--seed", "1235", "--from", "runs/0001-dcgan/checkpoints/step_00000003.safetensors"}),
      "sample_1235.png\n");
  EXPECT_TRUE(bytes("sample_1234.png") == bytes("again.PNG"));
  EXPECT_FALSE(bytes("sample_1234.png") == bytes("sample_1235.png"));
}

TEST_F(Sample, APictureDoesNotDependOnTheirNumber) {
  EXPECT_EQ(made({"sample", "--seed", "7", "--count", "2", "--each", "--out", "two"}),
            "two/seed_7_0000.png\ntwo/seed_7_0001.png\n");
  made({"sample", "--seed", "6-7", "--count", "5", "--each", "--out", "ten"});
  EXPECT_EQ(snapshot(folder_ / "ten").size(), 10u);
  EXPECT_TRUE(bytes("two/seed_7_0000.png") == bytes("ten/seed_7_0000.png"));
  EXPECT_TRUE(bytes("two/seed_7_0001.png") == bytes("ten/seed_7_0001.png"));
  EXPECT_FALSE(bytes("two/seed_7_0000.png") == bytes("two/seed_7_0001.png"));
  EXPECT_FALSE(bytes("ten/seed_6_0000.png") == bytes("ten/seed_7_0000.png"));
}

TEST_F(Sample, EverySeedGetsFilesOfItsOwn) {
  EXPECT_EQ(made({"sample", "--seed", "1-3,9", "--each", "--out", "each"}),
            "each/seed_1_0000.png\neach/seed_2_0000.png\neach/seed_3_0000.png\neach/seed_9_0000.png\n");
  EXPECT_EQ(snapshot(folder_ / "each").size(), 4u);
  EXPECT_EQ(made({"sample", "--seed", "1-4", "--grid", "2x2", "--out", "new/"}), "new/sample_1-4.png\n");
}

}  // namespace
