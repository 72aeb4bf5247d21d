#pragma once
// How far one set of features is from another. Free of LibTorch. All numbers are functions of the sets, not
// of their order. NaN where a set is too small for a figure.
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "facegan/infer/features.h"

namespace facegan::evaluate {

using infer::Features;

// |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2) of the means and covariances (which divide by N - 1): M. Heusel
// and others, NeurIPS 2017, section 2. Computed in double, the trace as that of (S1^1/2 S2 S1^1/2)^1/2, which
// has real eigenvalues. Of two pictures of each set at least.
double frechet_distance(const Features& a, const Features& b);

// The square of the maximum mean discrepancy under the kernel (x y / width + 1)^3, unbiased: M. Binkowski and
// others, ICLR 2018, section 4. Mean and deviation over subsets of each set, drawn without replacement.
struct KidOptions {
  std::size_t subsets = 100, pictures = 1000;  // of each subset; fewer where a set is smaller
  std::uint64_t seed = 1;
};
struct Kid {
  double mean = NAN, deviation = NAN;
};
Kid kernel_distance(const Features& real, const Features& made, const KidOptions& options = {});

// T. Kynkaanniemi and others, NeurIPS 2019, and M. F. Naeem and others, ICML 2020. A picture's ball reaches
// to its k-th nearest neighbour in its own set; what lies on its edge is outside. Of k + 1 pictures of each.
struct Manifold {
  double precision = NAN;  // share of made pictures in a ball of a real one
  double recall = NAN;     // share of real pictures in a ball of a made one
  double density = NAN;    // balls of real pictures that a made one is in, by k: 1 = as real ones
  double coverage = NAN;   // share of real pictures whose ball has a made one in it
};
Manifold manifold(const Features& real, const Features& made, std::int64_t k = 5);

// exp of the mean divergence of p(class | picture) from p(class): T. Salimans and others, NeurIPS 2016,
// section 4; mean and deviation over `splits` runs of the set as it comes, so that order counts here. Of one
// picture a split at least.
struct InceptionScore {
  double mean = NAN, deviation = NAN;
};
InceptionScore inception_score(const Features& logits, std::size_t splits = 10);

// ---- all of them ------------------------------------------------------------------------------

// Names of --metrics that need features, in the order in which they are computed.
const std::vector<std::string>& feature_metric_names();

struct FeatureFigures {
  double fid = NAN;
  Kid kid;
  Manifold manifold;
  InceptionScore is;
};
// As measure() of figures.h. logits: of the made pictures, for "is".
FeatureFigures measure_features(const Features& real, const Features& made, const Features& logits,
                                const std::vector<std::string>& metrics, std::uint64_t seed,
                                const std::function<void(const std::string&)>& progress = {});

}  // namespace facegan::evaluate
