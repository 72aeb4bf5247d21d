#pragma once
#include <vector>

namespace facegan::run {

// Of the finite ones, the upper of the two in the middle; NaN of none.
double median(std::vector<double> values);

}  // namespace facegan::run
