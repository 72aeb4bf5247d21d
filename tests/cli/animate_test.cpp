// facegan animate: a run's grids as an animation.
#include <gtest/gtest.h>

#include "facegan/image/image.h"
#include "read_gif.h"
#include "temporary_folder.h"
#include "tiny_run.h"
#include "waves.h"

namespace {

namespace fs = std::filesystem;
using facegan::image::Image;

// Four grids of 2 x 2 pictures, as if a run had made them.
class Animate : public ::testing::Test {
 protected:
  Animate() {
    write_text(run_ / "config.yaml", "grid: 2x2\ngrid_color: \"#204060\"\n");
    for (int epoch = 0; epoch <= 4; ++epoch) {
      std::vector<Image> pictures;
      for (int i = 0; i < 4; ++i) pictures.push_back(waves(16, 16, 3, 4 * epoch + i));
      const Image grid =
          facegan::image::make_grid(pictures, {.rows = 2, .columns = 2, .margin_color = {0x20, 0x40, 0x60}});
      write_text(grid_file(epoch), facegan::image::encode_png(grid));
    }
  }
  fs::path grid_file(int epoch) const {
    return run_ / ("samples/epoch_000" + std::to_string(epoch) + ".png");
  }
  Outcome animate(const Words& arguments) {
    return run({.arguments = Words{"animate", "run"} + arguments, .folder = folder_.path()});
  }

  TemporaryFolder folder_;
  const fs::path run_ = folder_ / "run";
};

TEST(AnimateRun, MakesTrainingGifOnceMore) {
  const TemporaryFolder folder;
  ASSERT_EQ(run({kTinyTrain + Words{"--epochs", "3", "--faces-count", "16"}, folder.path()}).exit_code, 0);
  const fs::path gif = folder / "runs/0001-dcgan/training.gif";
  const std::string before = read_text(gif);
  fs::remove(gif);
  for (const Words& which : {Words{}, Words{"1"}, Words{"0001-dcgan"}, Words{"runs/0001-dcgan"}}) {
    const Outcome outcome = run({Words{"animate"} + which, folder.path()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "runs/0001-dcgan/training.gif\n");
    EXPECT_EQ(outcome.err, "");
    EXPECT_TRUE(read_text(gif) == before);
  }
}

TEST_F(Animate, FramesTimesLoopAndSizeAsAsked) {
  const Outcome outcome = animate({"--out", "a/b.gif", "--frames", "every 2", "--fps", "4", "--last-ms",
                                   "500", "--loop", "3", "--size", "80"});
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
  EXPECT_EQ(captions.color(0, 0, 0).Blue, 0x60);
  EXPECT_EQ(captions.color(0, 0, captions.gif->SHeight - 1).Blue, 0x60);
  const auto ink = [&](int frame) {
    std::string letters;
    for (int y = height; y < captions.gif->SHeight; ++y)
      for (int x = 0; x < captions.gif->SWidth; ++x)
        letters += captions.color(frame, x, y).Red > 0x90 ? 'x' : ' ';
    return letters;
  };
  EXPECT_NE(ink(0).find('x'), std::string::npos);
  EXPECT_NE(ink(0), ink(1));
  EXPECT_EQ(ink(3), ink(4));
}

TEST_F(Animate, OtherFormatsByTheEnding) {
  for (const auto& [name, magic] :
       {std::pair<std::string, std::string>{"a.webp", "WEBP"}, {"a.mp4", "ftyp"}}) {
    const Outcome outcome = animate({"--out", name});
    if (outcome.err.find("this program has no ") != std::string::npos) {
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

TEST_F(Animate, GoesOnWithoutABadGrid) {
  write_text(grid_file(3), facegan::image::encode_png(Image(5, 5, 3)));
  write_text(grid_file(2), "no picture");
  const Outcome outcome = animate({"--out", "a.gif"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.err.find("epoch_0003.png has 5x5 pixels"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("epoch_0002.png: not a PNG; the animation does without it"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(ReadGif(read_text(folder_ / "a.gif")).gif->ImageCount, 3);  // 1, 4, 4
}

TEST_F(Animate, WhatCannotBeIsOneLine) {
  const auto expect = [&](const Words& arguments, int exit_code, const std::string& text) {
    const Outcome outcome = animate(Words{"--out", "a.gif"} + arguments);
    EXPECT_EQ(outcome.exit_code, exit_code) << text;
    EXPECT_EQ(lines_of(outcome.err).size(), 1u) << outcome.err;
    EXPECT_NE(outcome.err.find(text), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  };
  expect({"--out", "a.avi"}, 2, "--out a.avi must end in .gif, .webp or .mp4");
  expect({"--fps", "0"}, 2, "--fps is a number from 0.02 to 60, not '0'");
  expect({"--fps", "nan"}, 2, "--fps");
  expect({"--last-ms", "5"}, 2, "--last-ms");
  expect({"--loop", "-1"}, 2, "--loop");
  expect({"--size", "9000"}, 2, "--size");
  expect({"--frames", "every"}, 2, "--frames");
  for (int epoch = 1; epoch <= 4; ++epoch) fs::remove(grid_file(epoch));
  expect({}, 3, "nothing to animate");
  write_text(run_ / "config.yaml", "grid: 2x\n");
  expect({}, 4, "run is no run: run/config.yaml");
  fs::remove(run_ / "config.yaml");
  expect({}, 4, "run is no run: ");
  fs::remove_all(run_);
  expect({}, 4, "no run 'run'");
  EXPECT_FALSE(fs::exists(folder_ / "a.gif"));
}

}  // namespace
