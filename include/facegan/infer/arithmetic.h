#pragma once
// Latents added and subtracted, as A. Radford, L. Metz, S. Chintala, "Unsupervised Representation Learning
// with Deep Convolutional Generative Adversarial Networks", arXiv 1511.06434, section 6.3.2, do with means of
// three: a smiling woman - a neutral woman + a neutral man. Free of LibTorch.
#include <cstdint>
#include <vector>

#include "facegan/infer/latents.h"

namespace facegan::infer {

// The mean of one exemplar or more, added (sign 1) or taken away (-1).
struct Term {
  double sign = 1;
  std::vector<Latent> exemplars;
};

struct Sum {
  std::vector<Latent> means;  // of the terms, in their order
  Latent result;              // empty when the terms cancel each other out
};
// Means and the result are brought to the length of a latent, sqrt(z), as the generator knows them: a mean of
// n has 1 / sqrt(n) of it, the sum of terms more or less. terms: at least one.
Sum add_up(const std::vector<Term>& terms);

// The paper's: noise between -noise and noise on every coordinate, other noise for each number.
Latent variation(Latent z, double noise, std::uint64_t number);

// A sheet that shows a sum: a row for each term, of its mean and then its exemplars; below them the result
// and its variations.
struct SumSheet {
  std::int64_t rows = 0, columns = 0;
  std::vector<Latent> cells;  // row by row, an empty latent for a cell that stays bare
};
// Its size (the cells are empty) for terms of so many exemplars each.
SumSheet size_of_sum_sheet(const std::vector<std::size_t>& exemplars, std::int64_t variations);
SumSheet sum_sheet(const std::vector<Term>& terms, const Sum& sum, double noise, std::int64_t variations);

}  // namespace facegan::infer
