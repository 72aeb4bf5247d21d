// Arithmetic of latents against values by hand.
#include "facegan/infer/latents.h"

#include <gtest/gtest.h>

#include <cmath>

namespace facegan::infer {
namespace {

void expect_near(const Latent& got, const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-6) << i;
}

TEST(Latents, SlerpFollowsTheArc) {
  const Latent a = {2, 0, 0}, b = {0, 2, 0};
  expect_near(slerp(a, b, 0.5), {std::sqrt(2), std::sqrt(2), 0});
  expect_near(slerp(a, b, 1.0 / 3), {std::sqrt(3), 1, 0});
  for (const double t : {0.1, 0.4, 0.9}) EXPECT_NEAR(length(slerp(a, b, t)), 2, 1e-6);
  EXPECT_EQ(slerp(a, b, 0), a);
  expect_near(slerp(a, b, 1), {0, 2, 0});
  // 60 degrees, unequal lengths: sin(45 deg) / sin(60 deg) * a + sin(15 deg) / sin(60 deg) * b.
  const double third = std::acos(-1.0) / 3, s = std::sin(third);
  const Latent c = {static_cast<float>(4 * std::cos(third)), static_cast<float>(4 * std::sin(third)), 0};
  const double of_a = std::sin(0.75 * third) / s, of_c = std::sin(0.25 * third) / s;
  expect_near(slerp(a, c, 0.25), {of_a * 2 + of_c * 4 * std::cos(third), of_c * 4 * s, 0});
}

TEST(Latents, SlerpOfParallelVectorsIsStraight) {
  expect_near(slerp({1, 1}, {3, 3}, 0.25), {1.5, 1.5});
  expect_near(slerp({1, 1}, {-1, -1}, 0.25), {0.5, 0.5});
  expect_near(slerp({0, 0}, {2, 0}, 0.5), {1, 0});
  expect_near(slerp({1, 2}, {1, 2}, 0.3), {1, 2});
}

TEST(Latents, LerpIsStraight) {
  expect_near(lerp({2, 0}, {0, 4}, 0.25), {1.5, 1});
  EXPECT_EQ(lerp({2, 0}, {0, 4}, 0), (Latent{2, 0}));
  EXPECT_EQ(lerp({2, 0}, {0, 4}, 1), (Latent{0, 4}));
}

TEST(Latents, AnOpenWalkBeginsAndEndsOnItsStops) {
  const std::vector<Latent> stops = {{0}, {1}, {3}};
  const auto frames = walk(stops, {.frames = 5, .linear = true});
  ASSERT_EQ(frames.size(), 5u);
  const double expected[] = {0, 0.5, 1, 2, 3};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(frames[i][0], expected[i], 1e-6) << i;
  EXPECT_EQ(frames[2], stops[1]);
  for (const std::int64_t count : {2, 3, 7, 60}) {
    const auto any = walk(stops, {.frames = count});
    EXPECT_EQ(any.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(any.front(), stops.front());
    EXPECT_EQ(any.back(), stops.back());
  }
}

TEST(Latents, AClosedWalkDoesNotRepeatItsFirstFrame) {
  const auto frames = walk({{0}, {2}}, {.frames = 8, .closed = true, .linear = true});
  const double expected[] = {0, 0.5, 1, 1.5, 2, 1.5, 1, 0.5};
  ASSERT_EQ(frames.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(frames[i][0], expected[i], 1e-6) << i;
}

TEST(Latents, AWalkIsSphericalUnlessItIsLinear) {
  const std::vector<Latent> stops = {{2, 0}, {0, 2}};
  EXPECT_NEAR(length(walk(stops, {.frames = 3})[1]), 2, 1e-6);
  EXPECT_NEAR(length(walk(stops, {.frames = 3, .linear = true})[1]), std::sqrt(2), 1e-6);
}

TEST(Latents, ComponentsMeansAndLengths) {
  expect_near(with_component({1, 2, 3}, {0, 1, 0}, -3), {1, -3, 3});
  const float h = static_cast<float>(std::sqrt(0.5));
  const Latent set = with_component({1, 2}, {h, h}, 0);
  expect_near(set, {-0.5, 0.5});
  expect_near(mean({{1, 5}, {3, 7}, {5, 0}}), {3, 4});
  expect_near(with_length({3, 4}, 10), {6, 8});
  EXPECT_EQ(with_length({0, 0}, 10), (Latent{0, 0}));
  EXPECT_DOUBLE_EQ(length({3, 4}), 5);
}

TEST(Latents, SweepsSetOneComponentStepByStep) {
  const Latent y = unit_direction(3, 1);
  EXPECT_EQ(y, (Latent{0, 1, 0}));
  const auto all =
      sweep({{1, 2, 3}, {4, 5, 6}}, {y, unit_direction(3, 2)}, {.from = -1, .to = 2, .steps = 4});
  ASSERT_EQ(all.size(), 16u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto value = static_cast<double>(i) - 1;
    expect_near(all[i], {1, value, 3});
    expect_near(all[4 + i], {4, value, 6});
    expect_near(all[8 + i], {1, 2, value});
    expect_near(all[12 + i], {4, 5, value});
  }
}

}  // namespace
}  // namespace facegan::infer
