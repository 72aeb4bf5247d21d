#include "facegan/infer/separation.h"

#include <algorithm>
#include <cmath>

namespace facegan::infer {

double pairs_right(const std::vector<double>& real, std::vector<double> generated) {
  std::sort(generated.begin(), generated.end());
  double right = 0;
  for (const double value : real) {
    const auto [low, high] = std::equal_range(generated.begin(), generated.end(), value);
    right += static_cast<double>(low - generated.begin()) + 0.5 * static_cast<double>(high - low);
  }
  return right / static_cast<double>(real.size()) / static_cast<double>(generated.size());
}

Told told_right(const std::vector<double>& real, const std::vector<double>& generated, double threshold) {
  const auto above = [&](const std::vector<double>& set) {
    return static_cast<std::size_t>(
        std::count_if(set.begin(), set.end(), [&](double value) { return value > threshold; }));
  };
  return {above(real), generated.size() - above(generated)};
}

double Histogram::edge(std::size_t i) const {
  return low + (high - low) * (static_cast<double>(i) / static_cast<double>(real.size()));
}

Histogram histogram(const std::vector<double>& real, const std::vector<double>& generated, std::size_t bins,
                    double low, double high) {
  const auto counts = [&](const std::vector<double>& numbers) {
    std::vector<std::size_t> counted(bins);
    const auto last = static_cast<double>(bins - 1);
    for (const double value : numbers) {
      const double place = (value - low) / (high - low) * static_cast<double>(bins);
      ++counted[static_cast<std::size_t>(std::clamp(place, 0.0, last))];
    }
    return counted;
  };
  return {low, high, counts(real), counts(generated)};
}

Histogram histogram(const std::vector<double>& real, const std::vector<double>& generated, std::size_t bins) {
  double low = INFINITY, high = -INFINITY;
  for (const auto* numbers : {&real, &generated})
    for (const double value : *numbers) low = std::min(low, value), high = std::max(high, value);
  return histogram(real, generated, bins, low, high > low ? high : low + 1);
}

}  // namespace facegan::infer
