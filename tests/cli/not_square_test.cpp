// Pictures that are not square, from the training to everything that is made of a run.
#include <gtest/gtest.h>

#include "in_folder.h"

namespace {

class NotSquare : public InFolder {
 protected:
  // Rates and penalties that do not hang on the length of the run.
  static inline const Words kTrain =
      Words{"train", "--preset", "faces", "--dataset", "faces", "--size", "16x24", "--seed", "5"} +
      Words{"--width", "4", "--z", "16", "--batch", "8", "--faces-count", "100", "--hold-out", "20"} +
      Words{"--augment", "translation,color,cutout", "--condition", "Smiling", "--penalty-end", "1"} +
      Words{"--lr-schedule", "constant", "--threads", "1", "--device", "cpu", "--grid", "2x3"} +
      Words{"--sample-every", "1"};
};

TEST_F(NotSquare, TrainsAndGoesOnAsIfUnbroken) {
  made(kTrain + Words{"--max-steps", "12", "--out", "whole"});
  made(kTrain + Words{"--max-steps", "7", "--out", "broken"});
  made({"train", "--resume", "broken", "--max-steps", "12"});
  const auto last = [&](const char* run) {
    return checkpoint_contents(folder_ / run / "checkpoints" / checkpoints_of(folder_ / run).back());
  };
  EXPECT_TRUE(last("whole") == last("broken"));
  EXPECT_NE(read_text(folder_ / "whole/config.yaml").find("size: 16x24"), std::string::npos);
  const auto grid = picture("whole/samples/epoch_0001.png");  // cells, and 2 pixels around each
  EXPECT_EQ(grid.width, 3 * 18 + 2);
  EXPECT_EQ(grid.height, 2 * 26 + 2);
}

TEST_F(NotSquare, EverythingIsMadeOfARun) {
  made(kTrain + Words{"--max-steps", "12", "--evaluate-every", "1"});
  made({"sample", "--seed", "7", "--count", "6", "--grid", "3x2", "--out", "sheet.png"});
  EXPECT_EQ(picture("sheet.png").width, 2 * 18 + 2);
  EXPECT_EQ(picture("sheet.png").height, 3 * 26 + 2);
  made({"sample", "--seed", "7", "--index", "0", "--each", "--out", "one.png", "--with", "Smiling=1"});
  EXPECT_EQ(picture("one.png").width, 16);
  EXPECT_EQ(picture("one.png").height, 24);
  made({"interpolate", "--seed", "1,2", "--frames", "4", "--out", "walk.gif"});
  made({"sweep", "--dim", "1", "--seed", "1", "--caption", "--out", "sweep.png"});
  made({"arithmetic", "--plus", "1,2", "--minus", "3,4", "--plus", "5,6", "--out", "sum.png"});
  made({"sample", "--seed", "7", "--nearest", "2", "--out", "near.png"});
  made({"animate", "--out", "again.gif"});
  made({"score", "--sheet", "scores.png", "one.png"});
  EXPECT_NE(made({"evaluate", "--count", "40"}).find("swd"), std::string::npos);
  made({"report"});
  EXPECT_NE(made({"list", "runs", "--json"}).find("\"size\": \"16x24\""), std::string::npos);
}

TEST_F(NotSquare, OriginalsAreCutInTheProportionsAskedFor) {
  // Its thirds are red, green and blue; a high picture is of the middle one.
  facegan::image::Image wide(90, 40, 3);
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 90; ++x) wide.at(x, y)[x / 30] = 255;
  write_text(folder_ / "in/wide.png", facegan::image::encode_png(wide));
  made({"data", "preview", "--dataset", "folder", "--data", "in", "--size", "24x40", "--out", "preview.png"});
  const auto sheet = picture("preview.png");
  const unsigned char* const middle = sheet.at(14, 22);
  EXPECT_EQ(middle[0], 0);
  EXPECT_EQ(middle[1], 255);
  EXPECT_EQ(*(sheet.at(3, 22) + 1), 255);
}

TEST_F(NotSquare, SizesThatNetworksCannotMakeAreRefusedWithThoseNearby) {
  const Outcome outcome = facegan({"train", "--preset", "dcgan", "--size", "50x70"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("50x70 pixels cannot be halved until the shorter side has 4 to 7"),
            std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("; the sizes 48x64 and 48x72 would do"), std::string::npos) << outcome.err;
  const Outcome fixed = facegan({"train", "--preset", "faces-64", "--size", "64x96"});
  EXPECT_EQ(fixed.exit_code, 2);
  EXPECT_NE(fixed.err.find("$width_px and $height_px"), std::string::npos) << fixed.err;
  for (const char* size : {"64x", "x64", "64x96x3", "4x64", "64x2000"})
    EXPECT_EQ(facegan({"train", "--size", size}).exit_code, 2) << size;
}

}  // namespace
