// Areas, accuracies and histograms against closed forms.
#include "facegan/infer/separation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace facegan::infer {
namespace {

TEST(Separation, PairsAreTheAreaUnderTheCurve) {
  EXPECT_EQ(pairs_right({2, 3}, {0, 1}), 1);
  EXPECT_EQ(pairs_right({0, 1}, {2, 3}), 0);
  EXPECT_EQ(pairs_right({1, 1, 1}, {1, 1}), 0.5);
  EXPECT_EQ(pairs_right({1, 3}, {0, 2}), 0.75);
  EXPECT_EQ(pairs_right({1, 2}, {2}), 0.25) << "an equal pair is half right";
  // P(X > Y) of exponential numbers with means a and b is a / (a + b), here by their quantiles.
  std::vector<double> real, generated;
  for (int i = 0; i < 2000; ++i) {
    const double quantile = -std::log(1 - (i + 0.5) / 2000);
    real.push_back(3 * quantile), generated.push_back(quantile);
  }
  EXPECT_NEAR(pairs_right(real, generated), 0.75, 1e-3);
  EXPECT_NEAR(pairs_right(generated, real), 0.25, 1e-3);
}

TEST(Separation, AThresholdCallsRealWhatIsAboveIt) {
  const Told told = told_right({-1, 0.5, 0.6, 2}, {0.5, 0.4, 9}, 0.5);
  EXPECT_EQ(told.real, 2u) << "0.5 is not above 0.5";
  EXPECT_EQ(told.generated, 2u);
}

TEST(Separation, HistogramsCountBothSetsInTheSameBins) {
  const Histogram h = histogram({0, 0.24, 0.25, 1}, {0.5, 0.74, -3, 7}, 4, 0, 1);
  EXPECT_EQ(h.real, (std::vector<std::size_t>{2, 1, 0, 1}));
  EXPECT_EQ(h.generated, (std::vector<std::size_t>{1, 0, 2, 1})) << "what is outside is in the outer bins";
  EXPECT_EQ(h.edge(0), 0);
  EXPECT_EQ(h.edge(3), 0.75);
  EXPECT_EQ(h.edge(4), 1);
}

TEST(Separation, HistogramsFindTheirRange) {
  const Histogram h = histogram({-4, 0}, {2, 3, 4}, 2);
  EXPECT_EQ(h.low, -4);
  EXPECT_EQ(h.high, 4);
  EXPECT_EQ(h.real, (std::vector<std::size_t>{1, 1}));
  EXPECT_EQ(h.generated, (std::vector<std::size_t>{0, 3}));
  const Histogram equal = histogram({5}, {5, 5}, 3);
  EXPECT_EQ(equal.low, 5);
  EXPECT_EQ(equal.high, 6);
  EXPECT_EQ(equal.real, (std::vector<std::size_t>{1, 0, 0}));
  EXPECT_EQ(equal.generated, (std::vector<std::size_t>{2, 0, 0}));
}

}  // namespace
}  // namespace facegan::infer
