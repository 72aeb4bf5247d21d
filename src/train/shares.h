#pragma once
// Which rows of a batch, and of what is drawn for it, a rank has.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "facegan/ranks/team.h"

namespace facegan::train {

// Rows of a batch that lie one after the other.
struct Share {
  std::int64_t first, count;
};

// Of each of the batch's parts (--accumulate) a rank's share, in the order of the ranks. Parts and ranks
// divide the batch. No team: all.
std::vector<Share> own_shares(const ranks::Team* team, std::int64_t batch, std::int64_t parts);
std::int64_t rows_in(const std::vector<Share>& shares);
// Their numbers.
std::vector<std::int64_t> own_rows(const ranks::Team* team, std::int64_t batch, std::int64_t parts);

// The same rows of drawn numbers, for `blocks` batches that lie one after the other.
at::Tensor own_rows_of(const ranks::Team* team, const at::Tensor& drawn, std::int64_t parts,
                       std::int64_t blocks = 1);

}  // namespace facegan::train
