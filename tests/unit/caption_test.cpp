#include "facegan/image/caption.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "error_of.h"
#include "waves.h"

namespace facegan::image {
namespace {

// How many pixels of the strip are not of its colour.
int ink(const Image& picture, int top, const std::array<unsigned char, 3>& color) {
  int count = 0;
  for (int y = top; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) count += picture.at(x, y)[0] != color[0];
  return count;
}

Image captioned(const Image& picture, const std::string& text,
                const std::array<unsigned char, 3>& color = {255, 255, 255}) {
  return Captions(picture.width, {text}, color).below(picture, 0);
}

TEST(ImageCaption, StandsBelowThePictureAndNotOnIt) {
  for (const int channels : {1, 3})
    for (const int side : {64, 530, 1600}) {
      const Image picture = waves(side, side / 2, channels);
      // Letters with feet, and none cut off at the edges.
      const Image out = captioned(picture, "gpqy");
      ASSERT_EQ(out.width, side);
      ASSERT_GT(out.height, side / 2 + 10);
      for (int y = 0; y < side / 2; ++y)
        ASSERT_TRUE(std::equal(picture.at(0, y), picture.at(0, y) + side * channels, out.at(0, y))) << y;
      EXPECT_GT(ink(out, side / 2, {255, 255, 255}), 60);
      for (int x = 0; x < out.width; ++x)
        for (const int y : {side / 2, out.height - 1}) ASSERT_EQ(out.at(x, y)[0], 255) << x << ' ' << y;
    }
}

TEST(ImageCaption, HasTheColorOfTheMarginAndShowsOnIt) {
  const std::pair<std::array<unsigned char, 3>, int> colors[] = {
      {{255, 255, 255}, 0}, {{0, 0, 0}, 255}, {{200, 30, 30}, 255}, {{20, 250, 20}, 0}};
  for (const auto& [color, letters] : colors) {
    const Image out = captioned(Image(100, 10, 3, 77), "epoch 1", color);
    for (int c = 0; c < 3; ++c) EXPECT_EQ(out.at(0, 10)[c], color[c]);
    bool found = false;
    for (int y = 10; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x)
        found |= std::all_of(out.at(x, y), out.at(x, y) + 3,
                             [&](int value) { return std::abs(value - letters) < 40; });
    EXPECT_TRUE(found) << int{color[0]};
  }
}

TEST(ImageCaption, WidensAllPicturesForALongText) {
  const std::vector<Image> pictures = {waves(64, 64, 3), waves(64, 64, 3, 1)};
  const Captions captions(64, {"step 1", "step 123,456,789"}, {10, 20, 30});
  const std::vector<Image> out = {captions.below(pictures[0], 0), captions.below(pictures[1], 1)};
  ASSERT_GT(out[0].width, 100);
  EXPECT_EQ(out[0].width, out[1].width);
  EXPECT_EQ(out[0].height, out[1].height);
  const int left = (out[0].width - 64) / 2;
  for (std::size_t i = 0; i < 2; ++i)
    for (int y = 0; y < 64; ++y) {
      ASSERT_TRUE(std::equal(pictures[i].at(0, y), pictures[i].at(0, y) + 64 * 3, out[i].at(left, y)));
      ASSERT_EQ(out[i].at(left - 1, y)[2], 30);
      ASSERT_EQ(out[i].at(left + 64, y)[2], 30);
    }
  for (int y = 64; y < out[1].height; ++y) {  // no letter reaches the sides
    ASSERT_EQ(out[1].at(0, y)[0], 10);
    ASSERT_EQ(out[1].at(out[1].width - 1, y)[0], 10);
  }
}

TEST(ImageCaption, NoTextNoStrip) {
  const Image picture = waves(64, 64, 3);
  EXPECT_EQ(captioned(picture, ""), picture);
  const Captions captions(64, {"a", "b"});
  EXPECT_EQ(error_of([&] { captions.below(picture, 2); }).kind(), ErrorKind::internal);
  EXPECT_EQ(error_of([&] { captions.below(Image(9, 9, 3), 1); }).kind(), ErrorKind::internal);
}

}  // namespace
}  // namespace facegan::image
