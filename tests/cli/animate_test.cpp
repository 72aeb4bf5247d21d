// facegan animate: a run's grids as an animation.
#include <gtest/gtest.h>

#include "facegan/image/image.h"
#include "read_gif.h"
#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

namespace fs = std::filesystem;

class Animate : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    trained_ = new TemporaryFolder;
    const Words train = kTinyTrain + Words{"--epochs", "4", "--faces-count", "16", "--out", "runs/0001-tiny",
                                           "--grid-color", "#204060"};
    ASSERT_EQ(run({.arguments = train, .folder = trained_->path()}).exit_code, 0);
  }
  static void TearDownTestSuite() { delete trained_; }

  Animate() { fs::copy(trained_->path(), folder_.path(), fs::copy_options::recursive); }
  Outcome animate(const Words& arguments) {
    return run({.arguments = Words{"animate"} + arguments, .folder = folder_.path()});
  }

  static TemporaryFolder* trained_;
  TemporaryFolder folder_;
};
TemporaryFolder* Animate::trained_ = nullptr;

TEST_F(Animate, MakesTrainingGifOnceMore) {
  const std::string before = read_text(folder_ / "runs/0001-tiny/training.gif");
  fs::remove(folder_ / "runs/0001-tiny/training.gif");
  for (const Words& which : {Words{}, Words{"1"}, Words{"0001-tiny"}, Words{"runs/0001-tiny"}}) {
    const Outcome outcome = animate(which);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "runs/0001-tiny/training.gif\n");
    EXPECT_EQ(outcome.err, "");
    EXPECT_TRUE(read_text(folder_ / "runs/0001-tiny/training.gif") == before);
  }
}

TEST_F(Animate, FramesTimesLoopAndSizeAsAsked) {
  const Outcome outcome = animate({"--out", "a/b.gif", "--frames", "every 2", "--fps", "4", "--last-ms", "500",
                                   "--loop", "3", "--size", "80"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "a/b.gif\n");
  const ReadGif gif(read_text(folder_ / "a/b.gif"));
  ASSERT_EQ(gif.error, 0);
  ASSERT_EQ(gif.gif->ImageCount, 3);  // epochs 2, 4, and the last once more
  EXPECT_EQ(gif.delay(0), 25);
  EXPECT_EQ(gif.delay(2), 50);
  EXPECT_EQ(gif.gif->SWidth, 80);
  EXPECT_EQ(gif.gif->SHeight, 80);
  EXPECT_NE(gif.bytes.find(std::string("NETSCAPE2.0\x03\x01\x02\x00", 15)), std::string::npos);
}

TEST_F(Animate, CaptionsStandBelowTheGrids) {
  ASSERT_EQ(animate({"--out", "plain.gif"}).exit_code, 0);
  ASSERT_EQ(animate({"--out", "captions.gif", "--caption"}).exit_code, 0);
  const ReadGif plain(read_text(folder_ / "plain.gif")), captions(read_text(folder_ / "captions.gif"));
  ASSERT_EQ(plain.gif->ImageCount, 5);
  ASSERT_EQ(captions.gif->ImageCount, 5);
  const int width = plain.gif->SWidth, height = plain.gif->SHeight;
  EXPECT_GE(captions.gif->SWidth, width);
  ASSERT_GT(captions.gif->SHeight, height);
  // The margin of the run, exact, around pictures and text.
  EXPECT_EQ(captions.colour(0, 0, 0).Blue, 0x60);
  EXPECT_EQ(captions.colour(0, 0, captions.gif->SHeight - 1).Blue, 0x60);
  const auto ink = [&](int frame) {
    std::string letters;
    for (int y = height; y < captions.gif->SHeight; ++y)
      for (int x = 0; x < captions.gif->SWidth; ++x) letters += captions.colour(frame, x, y).Red > 0x90 ? 'x' : ' ';
    return letters;
  };
  EXPECT_NE(ink(0).find('x'), std::string::npos);
  EXPECT_NE(ink(0), ink(1));
  EXPECT_EQ(ink(3), ink(4));
}

TEST_F(Animate, OtherFormatsByTheEnding) {
  for (const auto& [name, magic] : {std::pair<std::string, std::string>{"a.webp", "WEBP"}, {"a.mp4", "ftyp"}}) {
    const Outcome outcome = animate({"--out", name});
    if (outcome.err.find("this build has no ") != std::string::npos) {
      EXPECT_EQ(outcome.exit_code, 2);
      EXPECT_TRUE(outcome.err.ends_with("): let --out end in .gif\n")) << outcome.err;
      continue;
    }
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, name + "\n");
    EXPECT_EQ(outcome.err, "");
    EXPECT_NE(read_text(folder_ / name).substr(0, 12).find(magic), std::string::npos);
  }
}

TEST_F(Animate, WhatCannotBeIsOneLine) {
  const fs::path samples = folder_ / "runs/0001-tiny/samples";
  const auto expect = [&](const Words& arguments, int exit_code, const std::string& text) {
    const Outcome outcome = animate(arguments);
    EXPECT_EQ(outcome.exit_code, exit_code) << text;
    EXPECT_EQ(lines_of(outcome.err).size(), 1u) << outcome.err;
    EXPECT_NE(outcome.err.find(text), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  };
  expect({"--out", "a.avi"}, 2, "--out a.avi must end in .gif, .webp or .mp4");
  expect({"--out", "a.gif", "--fps", "0"}, 2, "--fps is a number from 0.02 to 60, not '0'");
  expect({"--out", "a.gif", "--fps", "nan"}, 2, "--fps");
  expect({"--out", "a.gif", "--last-ms", "5"}, 2, "--last-ms");
  expect({"--out", "a.gif", "--loop", "-1"}, 2, "--loop");
  expect({"--out", "a.gif", "--size", "9000"}, 2, "--size");
  expect({"--out", "a.gif", "--frames", "every"}, 2, "--frames");
  expect({"runs", "--out", "a.gif"}, 4, "runs is no run: ");
  expect({"2", "--out", "a.gif"}, 4, "no run '2'");
  write_text(samples / "epoch_0003.png", facegan::image::encode_png(facegan::image::Image(5, 5, 3)));
  expect({"--out", "a.gif"}, 3, "epoch_0003.png has 5x5 pixels");
  write_text(samples / "epoch_0002.png", "no picture");
  expect({"--out", "a.gif"}, 3, "epoch_0002.png: ");
  for (const char* name : {"epoch_0001.png", "epoch_0002.png", "epoch_0003.png", "epoch_0004.png"})
    fs::remove(samples / name);
  expect({"--out", "a.gif"}, 3, "nothing to animate");
  EXPECT_FALSE(fs::exists(folder_ / "a.gif"));
}

}  // namespace
