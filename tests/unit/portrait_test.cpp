// The built-in faces: what a seed means, and that attributes say what is drawn.
#include "facegan/portrait/portrait.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "facegan/core/checksum.h"

namespace facegan::portrait {
namespace {

using image::Image;

constexpr std::uint64_t kSeed = 1;

std::string hash_of(const Image& image) {
  return core::hex64(core::xxh64(image.pixels.data(), image.pixels.size()));
}

std::size_t attribute(const std::string& name) {
  for (std::size_t i = 0; i < attribute_names().size(); ++i)
    if (name == attribute_names()[i]) return i;
  ADD_FAILURE() << "no attribute " << name;
  return 0;
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

// The mean of each block of factor x factor pixels.
Image shrink(const Image& image, int factor) {
  Image small(image.width / factor, image.height / factor, image.channels);
  for (int y = 0; y < small.height; ++y)
    for (int x = 0; x < small.width; ++x)
      for (int c = 0; c < small.channels; ++c) {
        int sum = 0;
        for (int j = 0; j < factor * factor; ++j)
          sum += image.at(x * factor + j % factor, y * factor + j / factor)[c];
        small.at(x, y)[c] = static_cast<unsigned char>(sum / (factor * factor));
      }
  return small;
}

// Mean grey value of a box (in 64ths of the side) over portraits that have, or lack, an attribute.
double mean_brightness(const std::string& name, bool value, int x0, int y0, int x1, int y1) {
  double sum = 0;
  int count = 0;
  const std::size_t column = attribute(name), hat = attribute("Wearing_Hat");
  for (std::uint64_t i = 0; count < 12 && i < 4000; ++i) {
    const auto has = attributes(kSeed, i);
    if (has[column] != value || has[hat] != (column == hat && value)) continue;
    const Image image = draw(kSeed, i, 64, 1);
    for (int y = y0; y < y1; ++y)
      for (int x = x0; x < x1; ++x) sum += *image.at(x, y);
    ++count;
  }
  return sum / (count * (x1 - x0) * (y1 - y0));
}

// Other bytes are another kForm.
TEST(Portrait, BytesOfASeedStayWithinAForm) {
  EXPECT_EQ(facegan::portrait::kForm, 2);
  EXPECT_EQ(hash_of(draw(1, 0, 64)), "3dd0bd645531d1b5");
  EXPECT_EQ(hash_of(draw(1, 1, 64)), "6d6d20b589f2288e");
  EXPECT_EQ(hash_of(draw(1, 14, 32)), "7139a4fde8397c43");
  EXPECT_EQ(hash_of(draw(77, 5, 128)), "a8aa00271b1f25a5");
  EXPECT_EQ(hash_of(draw(1, 0, 64, 1)), "b265d074afe56bca");
}

TEST(Portrait, ThreadsDrawTheSameBytes) {
  constexpr int kCount = 24;
  std::vector<Image> first(kCount), second(kCount);
  const auto draw_all = [](std::vector<Image>& out, int step) {
    for (int i = 0; i < kCount; ++i) {
      const int index = (i * step) % kCount;
      out[index] = draw(kSeed, index, 48);
    }
  };
  std::thread other([&] { draw_all(second, 5); });
  draw_all(first, 1);
  other.join();
  for (int i = 0; i < kCount; ++i) EXPECT_EQ(first[i], second[i]) << "portrait " << i;
}

TEST(Portrait, OneFaceAtEverySize) {
  const int small = 32;
  for (std::uint64_t i = 0; i < 6; ++i) {
    const Image reference = draw(kSeed, i, small);
    for (const int factor : {2, 4, 8})
      EXPECT_LT(mean_difference(reference, shrink(draw(kSeed, i, small * factor), factor)), 4.0)
          << "portrait " << i << " at " << small * factor;
    EXPECT_GT(mean_difference(reference, draw(kSeed, i + 1, small)), 12.0);
  }
}

TEST(Portrait, SmallestAndLargestSizeBothChannelCounts) {
  for (const int size : {16, 17, 1024})
    for (const int channels : {1, 3}) {
      const Image image = draw(kSeed, 3, size, channels);
      EXPECT_EQ(image.width, size);
      EXPECT_EQ(image.height, size);
      EXPECT_EQ(image.channels, channels);
      ASSERT_EQ(image.pixels.size(), static_cast<std::size_t>(size) * size * channels);
    }
  const Image color = draw(kSeed, 3, 32), grey = draw(kSeed, 3, 32, 1);
  for (int i = 0; i < 32 * 32; ++i) {
    const unsigned char* p = color.pixels.data() + 3 * i;
    ASSERT_NEAR(grey.pixels[i], 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2], 1.01);
  }
}

TEST(Portrait, EyesLieWhereTheAlignmentPutsThem) {
  constexpr int kCount = 96;
  std::vector<double> mean(64 * 64), square(64 * 64);
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const Image image = draw(kSeed, i, 64, 1);
    for (std::size_t p = 0; p < mean.size(); ++p) {
      mean[p] += image.pixels[p] / double{kCount};
      square[p] += double{1} * image.pixels[p] * image.pixels[p] / kCount;
    }
  }
  const auto at = [&](int x, int y) { return mean[y * 64 + x]; };
  for (const int eye : {22, 42}) {
    EXPECT_LT(at(eye, 25) + 25, at(eye, 32)) << "eye at column " << eye << " against the cheek";
    EXPECT_LT(at(eye, 25) + 25, at(eye, 15)) << "eye at column " << eye << " against the forehead";
  }
  EXPECT_LT(at(32, 44) + 10, at(32, 40)) << "mouth against the lip above";
  // Varied: the grey value of every tenth pixel deviates by more than 25 from picture to picture.
  for (std::size_t p = 0; p < mean.size(); p += 10)
    EXPECT_GT(std::sqrt(square[p] - mean[p] * mean[p]), 25) << p;
}

TEST(Portrait, AttributesSayWhatIsDrawn) {
  EXPECT_GT(mean_brightness("Blond_Hair", true, 26, 3, 38, 5),
            mean_brightness("Black_Hair", true, 26, 3, 38, 5) + 60);
  EXPECT_GT(mean_brightness("Bald", true, 26, 4, 38, 6),
            mean_brightness("Black_Hair", true, 26, 4, 38, 6) + 60);
  EXPECT_LT(mean_brightness("Bangs", true, 26, 12, 38, 15),
            mean_brightness("Bangs", false, 26, 12, 38, 15) - 15);
  EXPECT_GT(mean_brightness("Pale_Skin", true, 28, 28, 36, 34),
            mean_brightness("Pale_Skin", false, 28, 28, 36, 34) + 20);
  EXPECT_LT(mean_brightness("Goatee", true, 29, 48, 35, 53),
            mean_brightness("No_Beard", true, 29, 48, 35, 53) - 20);
}

TEST(Portrait, AttributesAreAsFrequentAndConsistentAsInCelebA) {
  constexpr int kCount = 4000;
  std::array<double, 40> percent{};
  const auto male = attribute("Male"), lipstick = attribute("Wearing_Lipstick"), bald = attribute("Bald"),
             bangs = attribute("Bangs"), beard = attribute("No_Beard"), goatee = attribute("Goatee"),
             black = attribute("Black_Hair"), blond = attribute("Blond_Hair"),
             brown = attribute("Brown_Hair");
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const auto has = attributes(kSeed, i);
    for (std::size_t k = 0; k < has.size(); ++k) percent[k] += has[k] * 100.0 / kCount;
    ASSERT_FALSE(has[male] && has[lipstick]) << i;
    ASSERT_FALSE(has[bald] && (has[bangs] || has[black])) << i;
    ASSERT_FALSE(has[beard] && has[goatee]) << i;
    ASSERT_TRUE(has[male] || has[beard]) << i;
    ASSERT_LE(has[black] + has[blond] + has[brown], 1) << i;
  }
  const auto expect = [&](const char* name, double value, double tolerance) {
    EXPECT_NEAR(percent[attribute(name)], value, tolerance) << name;
  };
  expect("Male", 42, 3);
  expect("Young", 77, 3);
  expect("Smiling", 48, 3);
  expect("Mouth_Slightly_Open", 48, 4);
  expect("Eyeglasses", 17, 2);       // more often than there
  expect("Wearing_Hat", 11.7, 1.5);  // likewise
  expect("Bald", 2.2, 1);
  expect("Bangs", 15, 3);
  expect("Wearing_Lipstick", 47, 4);
  for (std::size_t k = 0; k < percent.size(); ++k) {
    const bool drawn = std::string(attribute_names()[k]) != "Attractive";
    EXPECT_EQ(percent[k] > 1, drawn) << attribute_names()[k];
  }
}

TEST(Portrait, NamesAreCelebAs) {
  const auto& names = attribute_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 40u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end(), [](std::string a, std::string b) { return a < b; }));
  EXPECT_STREQ(names[0], "5_o_Clock_Shadow");
  EXPECT_STREQ(names[20], "Male");
  EXPECT_STREQ(names[39], "Young");
}

}  // namespace
}  // namespace facegan::portrait
