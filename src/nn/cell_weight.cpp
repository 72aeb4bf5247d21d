#include "nn/cell_weight.h"

#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>

namespace facegan::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using Tensors = torch::autograd::variable_list;

constexpr std::int64_t kBlock = 16;  // values of both channels that are turned at once

// The one or two positions of `in`, of `from` in a row, that add up to position u of `to`: with k the smaller
// of both, k - 1 - u and k - u, of which the first or the last may be outside.
struct Sources {
  std::array<std::int64_t, 2> at{};
  int count = 0;
  Sources(std::int64_t u, std::int64_t from, std::int64_t to) {
    const std::int64_t k = std::min(from, to);
    for (const std::int64_t p : {k - 1 - u, k - u})
      if (p >= 0 && p < from) at[static_cast<std::size_t>(count++)] = p;
  }
};

// in: [A][from][from][B], out: [B][to][to][A], as they lie in memory. For to = from + 1 the weight for cells,
// for to = from - 1 the transposed map, which takes gradients back.
template <class T>
void turn(const T* in, T* out, std::int64_t a_count, std::int64_t b_count, std::int64_t from,
          std::int64_t to) {
  using Sum = at::opmath_type<T>;
  const auto turn_block = [&](std::int64_t a0, std::int64_t b0, const Sources& rows, const Sources& columns,
                              std::int64_t cell) {
    const std::int64_t as = std::min(kBlock, a_count - a0), bs = std::min(kBlock, b_count - b0);
    Sum block[kBlock][kBlock];
    for (std::int64_t a = 0; a < as; ++a) {
      Sum* sums = block[a];
      std::fill_n(sums, kBlock, Sum(0));
      for (int i = 0; i < rows.count; ++i)
        for (int j = 0; j < columns.count; ++j) {
          const T* values = in + (((a0 + a) * from + rows.at[i]) * from + columns.at[j]) * b_count + b0;
          for (std::int64_t b = 0; b < bs; ++b) sums[b] += static_cast<Sum>(values[b]);
        }
    }
    for (std::int64_t b = 0; b < bs; ++b) {
      T* values = out + ((b0 + b) * to * to + cell) * a_count + a0;
      for (std::int64_t a = 0; a < as; ++a) values[a] = static_cast<T>(block[a][b]);
    }
  };
  const std::int64_t blocks = (b_count + kBlock - 1) / kBlock;
  at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b0 = begin * kBlock; b0 < std::min(end * kBlock, b_count); b0 += kBlock)
      for (std::int64_t a0 = 0; a0 < a_count; a0 += kBlock)
        for (std::int64_t u = 0; u < to; ++u)
          for (std::int64_t v = 0; v < to; ++v)
            turn_block(a0, b0, Sources(u, from, to), Sources(v, from, to), u * to + v);
  });
}

// [A, B, from, from] -> [B, A, to, to].
struct Turn : torch::autograd::Function<Turn> {
  static Tensor forward(AutogradContext* context, const Tensor& x, std::int64_t to) {
    const Tensor in = x.contiguous(at::MemoryFormat::ChannelsLast);
    const std::int64_t a = in.size(0), b = in.size(1), from = in.size(2);
    context->saved_data["from"] = from;
    Tensor out = at::empty({b, a, to, to}, in.options(), at::MemoryFormat::ChannelsLast);
    AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, in.scalar_type(), "turn", [&] {
      turn(in.const_data_ptr<scalar_t>(), out.mutable_data_ptr<scalar_t>(), a, b, from, to);
    });
    return out;
  }
  static Tensors backward(AutogradContext* context, const Tensors& of_output) {
    return {apply(of_output[0], context->saved_data["from"].toInt()), Tensor()};
  }
};

}  // namespace

Tensor weight_for_cells(const Tensor& weight) {
  return Turn::apply(weight, weight.size(2) + 1);
}

}  // namespace facegan::nn
