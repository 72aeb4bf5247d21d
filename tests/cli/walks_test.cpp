// interpolate, sweep, arithmetic and sample --nearest: what is in the files, as sample makes the same
// latents.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "facegan/image/animation.h"
#include "facegan/image/image.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;
using facegan::image::Image;

class Walks : public InFolder {
 protected:
  static constexpr int kSize = 16, kMargin = 2;  // of the tiny run's pictures and sheets

  void SetUp() override { made(kTinyTrain + Words{"--max-steps", "3"}); }
  // Picture `index` of a seed, as sample --each gives it.
  Image sampled(const std::string& seed, const std::string& index = "0") {
    made({"sample", "--seed", seed, "--index", index, "--each", "--out", "sampled.png"});
    return picture("sampled.png");
  }
  // A cell of a sheet.
  static Image cell(const Image& sheet, int row, int column) {
    Image out(kSize, kSize, sheet.channels);
    for (int y = 0; y < kSize; ++y)
      for (int x = 0; x < kSize; ++x)
        std::copy_n(sheet.at(kMargin + column * (kSize + kMargin) + x, kMargin + row * (kSize + kMargin) + y),
                    sheet.channels, out.at(x, y));
    return out;
  }
  static int cells(int pixels) { return (pixels - kMargin) / (kSize + kMargin); }
};

TEST_F(Walks, AStripBeginsAndEndsOnTheSeedsAndStopsAtThem) {
  EXPECT_EQ(made({"interpolate", "--seed", "3,8,5", "--frames", "7", "--out", "strip.png"}), "strip.png\n");
  const Image strip = picture("strip.png");
  ASSERT_EQ(cells(strip.width), 7);
  ASSERT_EQ(cells(strip.height), 1);
  EXPECT_EQ(cell(strip, 0, 0), sampled("3"));
  EXPECT_EQ(cell(strip, 0, 3), sampled("8"));
  EXPECT_EQ(cell(strip, 0, 6), sampled("5"));
  for (int i = 1; i < 7; ++i) EXPECT_FALSE(cell(strip, 0, i) == cell(strip, 0, i - 1)) << i;
  // Straight lines pass through other latents; a closed walk comes back.
  made({"interpolate", "--seed", "3,8,5", "--frames", "7", "--linear", "--out", "linear.png"});
  const Image linear = picture("linear.png");
  EXPECT_EQ(cell(linear, 0, 3), cell(strip, 0, 3));
  EXPECT_FALSE(cell(linear, 0, 1) == cell(strip, 0, 1));
  made({"interpolate", "--seed", "3,8", "--frames", "6", "--closed", "--out", "closed.png"});
  const Image closed = picture("closed.png");
  EXPECT_EQ(cell(closed, 0, 3), sampled("8"));
  EXPECT_EQ(cell(closed, 0, 5), cell(closed, 0, 1));  // the way back is the way there
  EXPECT_FALSE(cell(closed, 0, 5) == cell(closed, 0, 0));
}

TEST_F(Walks, WalksSideBySideGoThroughTheNextPictures) {
  made({"interpolate", "--seed", "1,2", "--frames", "3", "--count", "2", "--out", "two.png"});
  const Image two = picture("two.png");
  ASSERT_EQ(cells(two.height), 2);
  EXPECT_EQ(cell(two, 1, 0), sampled("1", "1"));
  EXPECT_EQ(cell(two, 1, 2), sampled("2", "1"));
}

TEST_F(Walks, FramesAndAnimations) {
  EXPECT_EQ(made({"interpolate", "--frames", "3", "--out", "frames"}),
            "frames/frame_0000.png\nframes/frame_0001.png\nframes/frame_0002.png\n");
  EXPECT_EQ(picture("frames/frame_0002.png"), sampled("2"));  // no margin
  EXPECT_EQ(made({"interpolate", "--frames", "4", "--scale", "3"}), "interpolate_1_2.gif\n");
  const std::string gif = read_text(folder_ / "interpolate_1_2.gif");
  EXPECT_TRUE(gif.starts_with("GIF89a"));
  EXPECT_EQ(gif[6], 3 * kSize);
  made({"interpolate", "--frames", "4", "--scale", "3", "--fps", "5", "--loop", "2", "--out", "slow.gif"});
  EXPECT_FALSE(gif == read_text(folder_ / "slow.gif"));
}

TEST_F(Walks, ASweepSetsOneCoordinate) {
  EXPECT_EQ(made({"sweep", "--seed", "4,6", "--dim", "3", "--steps", "5"}), "sweep_4_6_dim_3.png\n");
  const Image sheet = picture("sweep_4_6_dim_3.png");
  ASSERT_EQ(cells(sheet.width), 5);
  ASSERT_EQ(cells(sheet.height), 2);
  EXPECT_FALSE(cell(sheet, 0, 0) == cell(sheet, 0, 4));
  EXPECT_FALSE(cell(sheet, 0, 0) == cell(sheet, 1, 0));
  // -3..3 in 5 steps has 0 in the middle, and so has -1..1 in 3.
  made({"sweep", "--seed", "4,6", "--dim", "3", "--range", "-1..1", "--steps", "3", "--out", "narrow.png"});
  EXPECT_EQ(cell(picture("narrow.png"), 1, 1), cell(sheet, 1, 2));
  made({"sweep", "--seed", "4,6", "--dim", "4", "--steps", "5", "--out", "other.png"});
  EXPECT_FALSE(cell(picture("other.png"), 0, 0) == cell(sheet, 0, 0));
}

TEST_F(Walks, DirectionsHaveARowForEachSeed) {
  EXPECT_EQ(made({"sweep", "--seed", "4,6", "--directions", "3", "--steps", "2"}), "sweep_4_6.png\n");
  const Image sheet = picture("sweep_4_6.png");
  EXPECT_EQ(cells(sheet.width), 2);
  ASSERT_EQ(cells(sheet.height), 6);
  made({"sweep", "--seed", "6", "--directions", "2", "--steps", "2", "--out", "fewer.png"});
  EXPECT_EQ(cell(picture("fewer.png"), 1, 0), cell(sheet, 3, 0));
  // There and back: 4 values are 6 frames.
  made({"sweep", "--dim", "1", "--steps", "4", "--out", "a.gif"});
  const std::string gif = read_text(folder_ / "a.gif");
  int frames = 0;
  for (std::size_t at = 0; (at = gif.find("\x21\xF9\x04", at)) != std::string::npos; ++at) ++frames;
  EXPECT_EQ(frames, 6);
}

TEST_F(Walks, ArithmeticShowsTermsAndResult) {
  EXPECT_EQ(made({"arithmetic", "--plus", "1,2", "--minus", "3", "--count", "2"}), "arithmetic.png\n");
  const Image sheet = picture("arithmetic.png");
  ASSERT_EQ(cells(sheet.width), 5);
  ASSERT_EQ(cells(sheet.height), 3);
  EXPECT_EQ(cell(sheet, 0, 1), sampled("1"));
  EXPECT_EQ(cell(sheet, 0, 2), sampled("2"));
  EXPECT_EQ(cell(sheet, 1, 1), sampled("3"));
  EXPECT_EQ(cell(sheet, 0, 3), Image(kSize, kSize, 3, 255));  // bare
  EXPECT_FALSE(cell(sheet, 2, 1) == cell(sheet, 2, 0));
  EXPECT_FALSE(cell(sheet, 2, 2) == cell(sheet, 2, 1));
  // 1 - 3 + 3 is 1, brought to the usual length, and so is its mean.
  made({"arithmetic", "--plus", "1", "--minus", "3", "--plus", "3", "--count", "1", "--noise", "0", "--out",
        "one.png"});
  const Image one = picture("one.png");
  EXPECT_EQ(cell(one, 3, 0), cell(one, 0, 0));
  EXPECT_EQ(cell(one, 3, 1), cell(one, 3, 0));
}

TEST_F(Walks, TruncationBringsPicturesTogether) {
  const Image plain = sampled("1");
  made({"sample", "--seed", "1,2", "--truncation", "0", "--out", "none.png"});
  const Image none = picture("none.png");
  EXPECT_EQ(cell(none, 0, 0), cell(none, 0, 1));
  made({"sample", "--seed", "1", "--count", "1", "--truncation", "0.5", "--out", "half.png"});
  EXPECT_FALSE(cell(picture("half.png"), 0, 0) == plain);
  made({"interpolate", "--truncation", "0.5", "--frames", "2", "--out", "walk.png"});
  EXPECT_EQ(cell(picture("walk.png"), 0, 0), cell(picture("half.png"), 0, 0));
}

TEST_F(Walks, NearestShowsTrainingPicturesBesideSamples) {
  const std::string out = made({"sample", "--seed", "1", "--count", "2", "--nearest", "--out", "near.png"});
  const auto lines = lines_of(out);
  ASSERT_EQ(lines.size(), 7u) << out;
  EXPECT_EQ(lines[0], "near.png");
  EXPECT_TRUE(lines[1].starts_with("seed 1 index 0  ")) << lines[1];
  const Image sheet = picture("near.png");
  ASSERT_EQ(cells(sheet.width), 4);
  ASSERT_EQ(cells(sheet.height), 2);
  EXPECT_EQ(cell(sheet, 1, 0), sampled("1", "1"));
  const auto json = nlohmann::json::parse(
      made({"sample", "--seed", "1", "--count", "2", "--nearest", "1", "--json", "--out", "near.png"}));
  EXPECT_EQ(json["file"], "near.png");
  ASSERT_EQ(json["samples"].size(), 2u);
  const std::string name = json["samples"][0]["nearest"][0]["name"];
  EXPECT_NE(lines[1].find("  " + name), std::string::npos) << lines[1];
  // The picture that is shown is the one that is named; another data set gives others.
  fs::create_directory(folder_ / "mine");
  fs::copy_file(folder_ / "sampled.png", folder_ / "mine/made.png");
  const auto mine =
      nlohmann::json::parse(made({"sample", "--seed", "1", "--index", "1", "--nearest", "2", "--dataset",
                                  "folder", "--data", "mine", "--json", "--out", "mine.png"}));
  const auto& found = mine["samples"][0]["nearest"];
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["name"], "made.png");
  EXPECT_EQ(found[0]["distance"], 0);
  const Image shown = picture("mine.png");
  EXPECT_EQ(cell(shown, 0, 1), cell(shown, 0, 0));
  EXPECT_EQ(cell(shown, 0, 2), Image(kSize, kSize, 3, 255));
}

// Each cell grows by a strip below it; the pictures stay, inverted where the run's grids are.
TEST_F(Walks, CaptionsStandBelowThePictures) {
  made(kTinyTrain + Words{"--max-steps", "1", "--grid-invert", "--out", "inverted"});
  made({"sweep", "--from", "inverted", "--dim", "7", "--steps", "2", "--caption", "--out", "named.png"});
  made({"sweep", "--from", "inverted", "--dim", "7", "--steps", "2", "--out", "bare.png"});
  const Image dark = picture("named.png"), bare_dark = picture("bare.png");
  EXPECT_EQ(*dark.at(dark.width / 2 / 2, kMargin), *bare_dark.at(kMargin + kSize / 2, kMargin));
  EXPECT_EQ(*dark.at(1, dark.height - 4), 255);  // the text's ground is not
  made({"sweep", "--dim", "7", "--steps", "3", "--out", "bare.png"});
  made({"sweep", "--dim", "7", "--steps", "3", "--caption", "--out", "named.png"});
  const Image bare = picture("bare.png"), named = picture("named.png");
  const int cell_width = (named.width - kMargin) / 3 - kMargin, left = kMargin + (cell_width - kSize) / 2;
  EXPECT_GT(named.height, bare.height + 8);
  for (int column = 0; column < 3; ++column)
    for (int y = 0; y < kSize; ++y)
      ASSERT_EQ(0, std::memcmp(named.at(left + column * (cell_width + kMargin), kMargin + y),
                               bare.at(kMargin + column * (kSize + kMargin), kMargin + y),
                               static_cast<std::size_t>(kSize) * bare.channels));
  // Different texts below them.
  std::vector<std::string> strips;
  for (int column = 0; column < 3; ++column) {
    std::string& strip = strips.emplace_back();
    for (int y = kMargin + kSize; y < named.height - kMargin; ++y)
      strip.append(reinterpret_cast<const char*>(named.at(kMargin + column * (cell_width + kMargin), y)),
                   static_cast<std::size_t>(cell_width) * named.channels);
  }
  EXPECT_NE(strips[0], strips[1]);
  EXPECT_NE(strips[1], strips[2]);
  const int below = named.height - bare.height;
  made({"arithmetic", "--plus", "1,2", "--minus", "3", "--count", "1", "--out", "bare.png"});
  made({"arithmetic", "--plus", "1,2", "--minus", "3", "--count", "1", "--caption", "--out", "named.png"});
  EXPECT_EQ(picture("named.png").height, picture("bare.png").height + 3 * below);
  const Outcome refused = facegan({"sweep", "--dim", "7", "--caption", "--out", "a.gif"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("--caption goes with a sheet: --out FILE.png"), std::string::npos)
      << refused.err;
}

}  // namespace
