#pragma once
// Features as a matrix.
#include <ATen/core/Tensor.h>

#include "facegan/evaluate/feature_distance.h"

namespace facegan::evaluate {

// [count, width], rows in the order of their numbers: sums over them, and what is drawn of them, do not
// depend on the order of the set. Of another type: rounded or exact.
at::Tensor sorted_rows(const Features& set, at::ScalarType type);

}  // namespace facegan::evaluate
