#pragma once
// The table from layer kind to forward function.
#include <string>
#include <vector>

#include "nn/network.h"

namespace facegan::nn {

// tensors: those of spec::Layer::tensors, in that order. position: of the layer in its network.
using Forward = at::Tensor (*)(const spec::Layer& layer, const at::Tensor* tensors, at::Tensor x,
                               const Pass& pass, std::uint64_t position);

struct ForwardRow {
  const char* kind;
  Forward forward;
};
const std::vector<ForwardRow>& forward_table();

}  // namespace facegan::nn
