#include "nn/cell_weight.h"

#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "facegan/device/threads.h"

namespace facegan::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using Tensors = torch::autograd::variable_list;

// Values that are added at once.
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

// values: a picture of from x from cells of so many channels, out: one of to x to: each cell the sum of its
// sources.
template <class T>
void add_cells(const T* values, T* out, std::int64_t channels, std::int64_t from, std::int64_t to) {
  using Sum = at::opmath_type<T>;
  for (std::int64_t u = 0; u < to; ++u)
    for (std::int64_t v = 0; v < to; ++v) {
      const Sources rows(u, from, to), columns(v, from, to);
      for (std::int64_t c = 0; c < channels; c += kBlock) {
        const std::int64_t count = std::min(kBlock, channels - c);
        Sum sums[kBlock] = {};
        for (int i = 0; i < rows.count; ++i)
          for (int j = 0; j < columns.count; ++j)
            add(values + (rows.at[i] * from + columns.at[j]) * channels + c, count, sums);
        T narrowed[kBlock];
        narrow(sums, narrowed);
        std::copy_n(narrowed, count, out + (u * to + v) * channels + c);
      }
    }
}

// 16 bytes of values: every processor has registers of that size.
template <class T>
struct Lanes {
  static constexpr std::size_t kCount = 16 / sizeof(T);
  using Bits = std::conditional_t<sizeof(T) == 2, std::int16_t,
                                  std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>>;
  typedef Bits Register __attribute__((vector_size(16)));
};

// A square of lanes by lanes, in log2(lanes) rounds, each of which deals the rows of both halves in turn.
template <class T, std::size_t... I>
void transpose_square(const T* in, std::int64_t in_row, T* out, std::int64_t out_row,
                      std::index_sequence<I...>) {
  using Register = typename Lanes<T>::Register;
  constexpr std::size_t n = sizeof...(I);
  std::array<Register, n> rows, dealt;
  for (std::size_t k = 0; k < n; ++k)
    std::memcpy(&rows[k], in + static_cast<std::int64_t>(k) * in_row, sizeof(Register));
  for (std::size_t round = 1; round < n; round *= 2) {
    for (std::size_t k = 0; k < n / 2; ++k) {
      dealt[2 * k] = __builtin_shufflevector(rows[k], rows[k + n / 2], (I / 2 + I % 2 * n)...);
      dealt[2 * k + 1] = __builtin_shufflevector(rows[k], rows[k + n / 2], (n / 2 + I / 2 + I % 2 * n)...);
    }
    rows = dealt;
  }
  for (std::size_t k = 0; k < n; ++k)
    std::memcpy(out + static_cast<std::int64_t>(k) * out_row, &rows[k], sizeof(Register));
}

// out[c][r] = in[r][c]; the distance from one row to the next is given.
template <class T>
void transpose(const T* in, std::int64_t in_row, T* out, std::int64_t out_row, std::int64_t rows,
               std::int64_t columns) {
  constexpr auto n = static_cast<std::int64_t>(Lanes<T>::kCount);
  for (std::int64_t r = 0; r < rows; r += n)
    for (std::int64_t c = 0; c < columns; c += n) {
      if (r + n <= rows && c + n <= columns) {
        transpose_square(in + r * in_row + c, in_row, out + c * out_row + r, out_row,
                         std::make_index_sequence<Lanes<T>::kCount>());
        continue;
      }
      for (std::int64_t i = r; i < std::min(r + n, rows); ++i)
        for (std::int64_t j = c; j < std::min(c + n, columns); ++j) out[j * out_row + i] = in[i * in_row + j];
    }
}

// in: [A][from][from][B], out: [B][to][to][A], as they lie in memory. For to = from + 1 the weight for cells,
// for to = from - 1 the transposed map, which takes gradients back. The smaller of in and out is transposed,
// a cache line of channels at a time.
template <class T>
void turn(const T* in, T* out, std::int64_t a_count, std::int64_t b_count, std::int64_t from,
          std::int64_t to) {
  constexpr std::int64_t kLine = 64 / sizeof(T);
  const std::int64_t cells = std::min(from, to) * std::min(from, to);
  const bool grows = to > from;
  const std::int64_t split = grows ? b_count : a_count, whole = grows ? a_count : b_count;
  device::parallel_for((split + kLine - 1) / kLine, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> some(static_cast<std::size_t>(kLine * cells * whole));
    for (std::int64_t first = begin * kLine; first < std::min(end * kLine, split); first += kLine) {
      const std::int64_t count = std::min(kLine, split - first);
      if (grows) {
        for (std::int64_t cell = 0; cell < cells; ++cell)
          transpose(in + cell * b_count + first, cells * b_count, some.data() + cell * a_count,
                    cells * a_count, a_count, count);
        for (std::int64_t b = 0; b < count; ++b)
          add_cells(some.data() + b * cells * a_count, out + (first + b) * to * to * a_count, a_count, from,
                    to);
      } else {
        for (std::int64_t a = 0; a < count; ++a)
          add_cells(in + (first + a) * from * from * b_count, some.data() + a * cells * b_count, b_count,
                    from, to);
        for (std::int64_t cell = 0; cell < cells; ++cell)
          transpose(some.data() + cell * b_count, cells * b_count, out + cell * a_count + first,
                    cells * a_count, count, b_count);
      }
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
