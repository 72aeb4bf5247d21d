#pragma once
// Pictures as rows of a matrix.
#include <ATen/core/Tensor.h>

#include "facegan/evaluate/pictures.h"

namespace facegan::evaluate {

// Pictures begin .. end - 1 as [end - begin, pixels] of floats: their bytes less 127.5.
at::Tensor rows_of(const Pictures& set, std::size_t begin, std::size_t end);

// Squares of the distances of all rows of a to all rows of b, [a, b]; rounding may make them a little wrong,
// and negative.
at::Tensor square_distances(const at::Tensor& a, const at::Tensor& b);

}  // namespace facegan::evaluate
