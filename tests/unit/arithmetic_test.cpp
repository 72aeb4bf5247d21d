// Sums of latents and their sheets, by hand.
#include "facegan/infer/arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>

namespace facegan::infer {
namespace {

void expect_near(const Latent& got, const Latent& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-6) << i;
}

// Latents of four numbers: the usual length is 2.
TEST(Arithmetic, MeansAndTheResultHaveTheLengthOfALatent) {
  const Sum sum = add_up({{1, {{4, 0, 0, 0}, {2, 0, 0, 0}}}, {-1, {{0, 4, 0, 0}}}, {1, {{0, 0, 0, 0.5}}}});
  ASSERT_EQ(sum.means.size(), 3u);
  expect_near(sum.means[0], {2, 0, 0, 0});
  expect_near(sum.means[1], {0, 2, 0, 0});
  expect_near(sum.means[2], {0, 0, 0, 2});
  // (3, -4, 0, 0.5), before the means are brought to their length
  const float scale = 2 / std::sqrt(25.25F);
  expect_near(sum.result, {3 * scale, -4 * scale, 0, 0.5F * scale});
}

TEST(Arithmetic, TermsThatCancelEachOtherOutHaveNoResult) {
  const Latent a = {1, 2, 3, 4}, b = {2, 1, -3, 0};
  EXPECT_TRUE(add_up({{1, {a, b}}, {-1, {b, a}}}).result.empty());
  EXPECT_FALSE(add_up({{1, {a, b}}, {-1, {b}}}).result.empty());
}

TEST(Arithmetic, VariationsStayWithinTheirNoise) {
  const Latent z(1000, 3.0F), first = variation(z, 0.25, 0);
  double lowest = 9, highest = -9;
  for (const float value : first)
    lowest = std::min<double>(lowest, value), highest = std::max<double>(highest, value);
  EXPECT_GE(lowest, 2.75);
  EXPECT_LE(highest, 3.25);
  EXPECT_LT(lowest, 2.76);
  EXPECT_GT(highest, 3.24);
  EXPECT_EQ(first, variation(z, 0.25, 0));
  EXPECT_NE(first, variation(z, 0.25, 1));
  EXPECT_EQ(variation(z, 0, 5), z);
}

TEST(Arithmetic, SheetsHaveARowForEachTermAndTheResultBelow) {
  const Latent a = {2, 0, 0, 0}, b = {0, 2, 0, 0}, c = {0, 0, 2, 0};
  const std::vector<Term> terms = {{1, {a}}, {-1, {b, c, b, c, b, c}}};
  const Sum sum = add_up(terms);
  const SumSheet sheet = sum_sheet(terms, sum, 0.5, 8);
  EXPECT_EQ(sheet.columns, 7) << "a mean and six exemplars";
  EXPECT_EQ(sheet.rows, 4) << "two terms, then nine pictures";
  ASSERT_EQ(sheet.cells.size(), 14u + 9);
  EXPECT_EQ(sheet.cells[0], sum.means[0]);
  EXPECT_EQ(sheet.cells[1], a);
  for (std::size_t bare = 2; bare < 7; ++bare) EXPECT_TRUE(sheet.cells[bare].empty()) << bare;
  EXPECT_EQ(sheet.cells[7], sum.means[1]);
  EXPECT_EQ(sheet.cells[13], c);
  EXPECT_EQ(sheet.cells[14], sum.result);
  EXPECT_EQ(sheet.cells[22], variation(sum.result, 0.5, 7));
  const SumSheet size = size_of_sum_sheet({1, 2}, 0);
  EXPECT_EQ(size.columns, 5) << "at least";
  EXPECT_EQ(size.rows, 3);
  EXPECT_EQ(size_of_sum_sheet({1}, 4).rows, 2);
  EXPECT_EQ(size_of_sum_sheet({1}, 5).rows, 3);
}

}  // namespace
}  // namespace facegan::infer
