#pragma once
// What looks across a batch of which each rank has a share: Pass::team.
#include "nn/forward.h"

namespace facegan::nn {

// Whether statistics of this pass are those of all ranks.
bool is_shared(const Pass& pass);
// x [blocks * n, ...]: this rank's rows. Those of all ranks [blocks * ranks * n, ...], in the order that one
// process would have them. Can be differentiated.
at::Tensor rows_of_all(const Pass& pass, const at::Tensor& x);
// Of such, this rank's.
at::Tensor own_rows(const Pass& pass, const at::Tensor& all);
// A batch norm by the statistics of all ranks' rows.
at::Tensor batch_norm_of_all(const Call& call, const at::Tensor& x);

}  // namespace facegan::nn
