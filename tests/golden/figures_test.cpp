// Figures that need no network against numpy (make_figures.py says how), and what they are in plain cases.
#include "facegan/evaluate/figures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <tuple>

#include "facegan/evaluate/appearance.h"
#include "facegan/evaluate/distribution.h"
#include "facegan/evaluate/neighbours.h"
#include "golden.h"
#include "made_picture.h"

namespace facegan::evaluate {
namespace {

constexpr double kSingle = 1e-6;  // what is computed in single precision

Pictures pictures(std::uint32_t first, std::uint32_t last, int size, int channels, std::uint32_t step = 1) {
  Pictures out;
  for (std::uint32_t k = first; k <= last; k += step) out.add(picture(k, size, channels));
  return out;
}

Pictures reversed(const Pictures& set) {
  Pictures out{set.size, set.channels, {}};
  for (std::size_t i = set.count(); i-- > 0;) out.bytes.insert(out.bytes.end(), set[i].begin(), set[i].end());
  return out;
}

constexpr SwdOptions kSwd = {.pictures = 4096, .patches = 16, .repeats = 2, .directions = 8, .seed = 3};

class OfPictures : public ::testing::TestWithParam<std::pair<int, int>> {
 protected:
  const int size_ = GetParam().first, channels_ = GetParam().second;
  const json expected_ =
      read_reference("figures_reference.json").at(std::to_string(size_) + 'x' + std::to_string(channels_));
  Pictures set(std::uint32_t first, std::uint32_t last, std::uint32_t step = 1) const {
    return pictures(first, last, size_, channels_, step);
  }
  void expect_all(const std::vector<double>& got, const char* what, double tolerance) const {
    ASSERT_EQ(got.size(), expected_.at(what).size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i) expect_near(got[i], expected_[what][i], what, tolerance);
  }
};

TEST_P(OfPictures, SlicedWassersteinDistance) {
  const Pictures a = set(0, 11), b = set(100, 113);
  const Swd got = sliced_wasserstein(a, b, kSwd);
  EXPECT_EQ(got.pictures, 12u);
  expect_all(got.levels, "swd", kSingle);
  expect_near(got.mean, std::accumulate(got.levels.begin(), got.levels.end(), 0.0) / got.levels.size(),
              "mean");
  const Swd other_order = sliced_wasserstein(reversed(a), b.first(12), kSwd);
  for (std::size_t i = 0; i < got.levels.size(); ++i)
    expect_near(other_order.levels[i], got.levels[i], "another order", kSingle);
  EXPECT_EQ(sliced_wasserstein(a, a, kSwd).mean, 0);
  EXPECT_EQ(SwdReference(a, 12, kSwd).to(b).levels, got.levels);
  EXPECT_TRUE(std::isnan(sliced_wasserstein(a, Pictures{a.size, a.channels, {}}, kSwd).mean));
}

TEST_P(OfPictures, DifferentBins) {
  const Pictures reference = set(0, 89);
  const Bins bins(reference, {.bins = 6, .rounds = 40, .seed = 2});
  EXPECT_EQ(bins.count(), 6);
  expect_all({bins.differing(set(200, 259)), bins.differing(set(0, 89, 3))}, "ndb", kTolerance);
  EXPECT_EQ(bins.differing(reference), 0);
  EXPECT_EQ(Bins(reference).count(), 9);  // ten pictures a bin
  EXPECT_TRUE(std::isnan(Bins(set(0, 11)).differing(reference)));
}

TEST_P(OfPictures, StructuralSimilarity) {
  const Pictures large = set(0, 7);
  std::vector<double> got;
  for (std::size_t i = 0; i < 4; ++i)
    got.push_back(ms_ssim(large[2 * i], large[2 * i + 1], size_, channels_));
  expect_all(got, "ms_ssim", kTolerance);
  expect_near(ms_ssim(large), std::accumulate(got.begin(), got.end(), 0.0) / 4, "mean");
  expect_near(ms_ssim(large, 1), got[0], "one pair");
  expect_near(ms_ssim(large[0], large[0], size_, channels_), 1, "the same");
  EXPECT_TRUE(std::isnan(ms_ssim(large.first(1))));
}

TEST_P(OfPictures, AppearanceOfPictures) {
  const Appearance got = appearance_of(set(0, 11));
  const json& expected = expected_.at("appearance");
  for (std::size_t c = 0; c < got.mean.size(); ++c) {
    expect_near(got.mean[c], expected["mean"][c], "mean");
    expect_near(got.deviation[c], expected["deviation"][c], "deviation");
  }
  expect_near(got.sharpness, expected["sharpness"], "sharpness");
  expect_near(got.checkerboard, expected["checkerboard"], "checkerboard");
}

TEST_P(OfPictures, ACheckerboardShows) {
  Pictures board = set(0, 11);
  const double before = appearance_of(board).checkerboard;
  for (std::size_t i = 0; i < board.bytes.size(); ++i) {
    const std::size_t at = i / static_cast<std::size_t>(channels_), x = at % static_cast<std::size_t>(size_),
                      y = at / static_cast<std::size_t>(size_);
    if ((x + y) % 2 == 0) board.bytes[i] = static_cast<unsigned char>(std::min(255, board.bytes[i] + 4));
  }
  EXPECT_GT(appearance_of(board).checkerboard, 3 * before);
}

TEST_P(OfPictures, NearestPictures) {
  const Pictures some = set(0, 9), others = set(50, 79);
  expect_all(nearest_distances(some, others, false), "nearest", kTolerance);
  expect_all(nearest_distances(some, others, true), "nearest_mirrored", kTolerance);
  // Among themselves; one that is there twice, and one that is there mirrored.
  Pictures twice = some;
  twice.add(picture(3, size_, channels_));
  image::Image mirrored = picture(5, size_, channels_);
  image::mirror(mirrored.pixels.data(), size_, size_, channels_);
  twice.add(mirrored);
  const auto plain = nearest_distances(twice, twice, false), both = nearest_distances(twice, twice, true);
  for (std::size_t i = 0; i < twice.count(); ++i) {
    EXPECT_EQ(plain[i] == 0, i == 3 || i == 10) << i;
    EXPECT_EQ(both[i] == 0, i == 3 || i == 10 || i == 5 || i == 11) << i;
  }
  EXPECT_TRUE(std::isinf(nearest_distances(some.first(1), Pictures{some.size, some.channels, {}}, false)[0]));
}

TEST_P(OfPictures, AMeterMeasuresAgainAsItDidFirst) {
  const Pictures real = set(0, 39), train = set(0, 49), held_out = set(60, 79);
  const Effort often{.patches = 4, .repeats = 2, .rounds = 5, .neighbours = 20, .often = true};
  Effort once = often;
  once.often = false;
  const Reference reference{real, train, &held_out};
  Meter meter(reference, metric_names(), 1, often);
  for (const std::uint32_t first : {100u, 200u, 300u}) {  // the last ones are fewer
    const Pictures made = set(first, first == 300 ? 324 : first + 39);
    const auto got = meter.measure(made), fresh = Meter(reference, metric_names(), 1, once).measure(made);
    EXPECT_EQ(got.swd.levels, fresh.swd.levels);
    EXPECT_EQ(std::tuple(got.ndb, got.ndb_held_out, got.ms_ssim, got.ms_ssim_real, got.duplicates),
              std::tuple(fresh.ndb, fresh.ndb_held_out, fresh.ms_ssim, fresh.ms_ssim_real, fresh.duplicates));
    EXPECT_EQ(std::tuple(got.nearest_ratio, got.sharpness, got.checkerboard),
              std::tuple(fresh.nearest_ratio, fresh.sharpness, fresh.checkerboard));
  }
}

INSTANTIATE_TEST_SUITE_P(Of, OfPictures, ::testing::Values(std::pair{32, 3}, std::pair{64, 1}),
                         [](const auto& of) {
                           return std::to_string(of.param.first) + "x" + std::to_string(of.param.second);
                         });

TEST(FiguresOfLargePictures, StructuralSimilarityAsPublished) {
  const image::Image a = picture(0, 192, 3), b = picture(3, 192, 3);
  expect_near(ms_ssim(a.pixels, b.pixels, 192, 3), read_reference("figures_reference.json").at("ms_ssim_192"),
              "192", 1e-9);
}

// What looks at both sides alike says the same of pictures that were laid on their sides.
TEST(FiguresOfPicturesThatAreNotSquare, DoNotDependOnWhichSideIsUp) {
  Pictures high, wide, other;
  for (std::uint32_t k = 0; k < 12; ++k) {
    const image::Image whole = picture(k, 48, 3);
    const image::Image tall = image::fit(whole, {image::Crop::Kind::center}, {32, 48}, 3);
    image::Image lying(48, 32, 3);
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 48; ++x) std::copy_n(tall.at(y, x), 3, lying.at(x, y));
    high.add(tall), wide.add(lying),
        other.add(image::fit(picture(k + 50, 48, 3), {image::Crop::Kind::center}, {32, 48}, 3));
  }
  EXPECT_EQ(high.size, core::Size(32, 48));
  EXPECT_NEAR(ms_ssim(high), ms_ssim(wide), 1e-12);
  const Appearance a = appearance_of(high), b = appearance_of(wide);
  EXPECT_NEAR(a.sharpness, b.sharpness, 1e-9 * a.sharpness);
  EXPECT_NEAR(a.checkerboard, b.checkerboard, 1e-9 * a.checkerboard);
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_EQ(sliced_wasserstein(high, high, kSwd).mean, 0);
  const Swd apart = sliced_wasserstein(high, other, kSwd);
  EXPECT_EQ(apart.levels.size(), 2u);  // 32x48 and 16x24
  EXPECT_GT(apart.mean, 0);
}

TEST(FiguresOfLargePictures, Median) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_TRUE(std::isnan(median({})));
}

}  // namespace
}  // namespace facegan::evaluate
