#pragma once
// The table from layer kind to forward function.
#include <functional>
#include <string>
#include <vector>

#include "nn/network.h"

namespace facegan::nn {

// One layer of one forward pass.
struct Call {
  const spec::Layer& layer;
  const at::Tensor* tensors;  // those of spec::Layer::tensors, in that order
  const Pass& pass;
  // Nothing else holds the input, and the layer before does not need it in its backward pass: it may be
  // overwritten.
  bool owns_input;
  std::uint64_t position;  // of the layer in its network, nested ones counted: tells dropout masks apart
  // Runs nested layers; without such a branch gives x back.
  std::function<at::Tensor(const char* branch, at::Tensor x)> run;
};

using Forward = at::Tensor (*)(const Call& call, at::Tensor x);

struct ForwardRow {
  const char* kind;
  Forward forward;
  bool gives_output_away = false;  // it is fresh memory that the backward pass does without
};
const std::vector<ForwardRow>& forward_table();

// In forward_condition.cpp.
at::Tensor label(const Call& call, at::Tensor x);
at::Tensor projection(const Call& call, at::Tensor x);

// Whether the second layer, which comes next, can do the work of both (convolution_of_doubled).
bool doubles(const spec::Layer& upsample, const spec::Layer& conv);
// Which functions they have then.
struct DoublingRows {
  ForwardRow upsample, conv;
};
const DoublingRows& doubling_rows();

}  // namespace facegan::nn
