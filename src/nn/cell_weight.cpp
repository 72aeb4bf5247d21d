#include "nn/cell_weight.h"

#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <type_traits>

#include "facegan/device/threads.h"

namespace facegan::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using Tensors = torch::autograd::variable_list;

// Values of both channels that are turned at once: in bf16 a line of the cache.
constexpr std::int64_t kBlock = 32;

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

template <class T, class Sum>
void add(const T* values, std::int64_t count, Sum* sums) {
  if (count == kBlock)  // known to the compiler
    for (std::int64_t k = 0; k < kBlock; ++k) sums[k] += static_cast<Sum>(values[k]);
  else
    for (std::int64_t k = 0; k < count; ++k) sums[k] += static_cast<Sum>(values[k]);
}

// Of values in a row, to even, without a branch: what compilers do many of at once (c10::BFloat16's own has
// one, for NaN: a sum of bf16 values has no bits by which it would be rounded to something else).
template <class T, class Sum>
void narrow(const Sum* in, T* out) {
  if constexpr (std::is_same_v<T, at::BFloat16>) {
    std::array<std::uint16_t, kBlock> bits;
    for (std::size_t k = 0; k < kBlock; ++k) {
      const auto value = std::bit_cast<std::uint32_t>(in[k]);
      bits[k] = static_cast<std::uint16_t>((value + 0x7FFF + (value >> 16 & 1)) >> 16);
    }
    for (std::size_t k = 0; k < kBlock; ++k) out[k].x = bits[k];
  } else {
    std::copy_n(in, kBlock, out);
  }
}

// in: [A][from][from][B], out: [B][to][to][A], as they lie in memory. For to = from + 1 the weight for cells,
// for to = from - 1 the transposed map, which takes gradients back.
template <class T>
void turn(const T* in, T* out, std::int64_t a_count, std::int64_t b_count, std::int64_t from,
          std::int64_t to) {
  using Sum = at::opmath_type<T>;
  const auto turn_block = [&](std::int64_t a0, std::int64_t b0, const Sources& rows, const Sources& columns,
                              std::int64_t cell) {
    const std::int64_t as = std::min(kBlock, a_count - a0), bs = std::min(kBlock, b_count - b0);
    T block[kBlock][kBlock];
    for (std::int64_t a = 0; a < as; ++a) {
      Sum sums[kBlock] = {};
      for (int i = 0; i < rows.count; ++i)
        for (int j = 0; j < columns.count; ++j) {
          const T* values = in + (((a0 + a) * from + rows.at[i]) * from + columns.at[j]) * b_count + b0;
          add(values, bs, sums);
        }
      narrow(sums, block[a]);
    }
    for (std::int64_t b = 0; b < bs; ++b) {
      T* values = out + ((b0 + b) * to * to + cell) * a_count + a0;
      for (std::int64_t a = 0; a < as; ++a) values[a] = block[a][b];
    }
  };
  const std::int64_t blocks = (b_count + kBlock - 1) / kBlock;
  device::parallel_for(blocks * to, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t b0 = k / to * kBlock, u = k % to;
      for (std::int64_t a0 = 0; a0 < a_count; a0 += kBlock)
        for (std::int64_t v = 0; v < to; ++v)
          turn_block(a0, b0, Sources(u, from, to), Sources(v, from, to), u * to + v);
    }
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
