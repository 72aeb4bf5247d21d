#pragma once
// How well numbers tell two sets apart, such as a discriminator's outputs for real and for generated
// pictures. All numbers are finite. Free of LibTorch.
#include <cstddef>
#include <vector>

namespace facegan::infer {

// The share of all pairs (one of each set) in which that of `real` is the higher, equal ones half: the area
// under the ROC curve. Needs no threshold, so it means the same for every loss. Neither set is empty.
double pairs_right(const std::vector<double>& real, std::vector<double> generated);

// How many of each set a threshold calls what they are: real ones are above it, generated ones are not.
struct Told {
  std::size_t real = 0, generated = 0;
};
Told told_right(const std::vector<double>& real, const std::vector<double>& generated, double threshold);

// Both sets over the same bins of equal width; what is outside is in the first or last one.
struct Histogram {
  double low = 0, high = 1;
  std::vector<std::size_t> real, generated;  // counts, a bin each

  double edge(std::size_t i) const;  // the lower one of bin i; of i = number of bins: high
};
Histogram histogram(const std::vector<double>& real, const std::vector<double>& generated, std::size_t bins,
                    double low, double high);
// From the lowest number to the highest; of equal ones, 1 wide. At least one number.
Histogram histogram(const std::vector<double>& real, const std::vector<double>& generated, std::size_t bins);

}  // namespace facegan::infer
