#include "evaluate/rows.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/from_blob.h>

namespace facegan::evaluate {

at::Tensor rows_of(const Pictures& set, std::size_t begin, std::size_t end) {
  const auto bytes = static_cast<std::int64_t>(set.picture_bytes());
  // from_blob wants a pointer that may be written through; nothing is.
  auto* const first = const_cast<unsigned char*>(set.bytes.data()) + begin * set.picture_bytes();
  return at::from_blob(first, {static_cast<std::int64_t>(end - begin), bytes}, at::TensorOptions(at::kByte))
      .to(at::kFloat)
      .sub_(127.5);
}

at::Tensor square_distances(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor squares_a = a.square().sum(1, /*keepdim=*/true), squares_b = b.square().sum(1);
  return at::addmm(squares_b, a, b.t(), 1, -2).add_(squares_a);
}

}  // namespace facegan::evaluate
