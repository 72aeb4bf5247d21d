#include "train/shares.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace facegan::train {

std::vector<Share> own_shares(const ranks::Team* team, std::int64_t batch, std::int64_t parts) {
  if (!team) return {{0, batch}};
  const std::int64_t part = batch / parts, share = part / team->size();
  std::vector<Share> shares;
  for (std::int64_t k = 0; k < parts; ++k) shares.push_back({k * part + team->rank() * share, share});
  return shares;
}

std::int64_t rows_in(const std::vector<Share>& shares) {
  std::int64_t rows = 0;
  for (const Share& share : shares) rows += share.count;
  return rows;
}

std::vector<std::int64_t> own_rows(const ranks::Team* team, std::int64_t batch, std::int64_t parts) {
  std::vector<std::int64_t> rows;
  for (const Share& share : own_shares(team, batch, parts))
    for (std::int64_t i = 0; i < share.count; ++i) rows.push_back(share.first + i);
  return rows;
}

at::Tensor own_rows_of(const ranks::Team* team, const at::Tensor& drawn, std::int64_t parts,
                       std::int64_t blocks) {
  if (!team) return drawn;
  const std::int64_t batch = drawn.size(0) / blocks;
  const auto rows = own_rows(team, batch, parts);
  const auto count = static_cast<std::int64_t>(rows.size());
  at::Tensor all = at::empty({blocks * count}, at::kLong);
  for (std::int64_t b = 0; b < blocks; ++b)
    std::transform(rows.begin(), rows.end(), all.mutable_data_ptr<std::int64_t>() + b * count,
                   [&](std::int64_t row) { return b * batch + row; });
  return drawn.index_select(0, all);
}

}  // namespace facegan::train
