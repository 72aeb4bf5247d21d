#include "train/augment.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "facegan/core/random.h"

namespace facegan::train {
namespace {

using at::Tensor;
using Tensors = torch::autograd::variable_list;
using torch::autograd::AutogradContext;

// What the numbers of a look are.
enum Number : std::int64_t {
  kIfColor,
  kBrightness,
  kSaturation,
  kContrast,
  kIfTranslation,
  kDown,
  kRight,
  kIfCutout,
  kTop,
  kLeft
};
static_assert(kLeft + 1 == kAugmentNumbers);

// a * x + b * (means over channels) + c * (mean of the picture); a, b, c: [N, 1, 1, 1]. Its own adjoint.
struct Mix : torch::autograd::Function<Mix> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& a, const Tensor& b,
                        const Tensor& c) {
    context->save_for_backward({a, b, c});
    const Tensor grey = x.mean(1, /*keepdim=*/true);
    return x.mul(a).add_(grey.mul(b).add_(grey.mean({2, 3}, /*keepdim=*/true).mul_(c)));
  }
  static Tensors backward(AutogradContext* context, const Tensors& of_output) {
    const auto kept = context->get_saved_variables();
    return {apply(of_output[0], kept[0], kept[1], kept[2]), Tensor(), Tensor(), Tensor()};
  }
};

// Pixel k of the result is pixel from[k] of x, or zero where that is one behind the last; k counts through
// all pictures. The adjoint takes pixel to[k].
struct Move : torch::autograd::Function<Move> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& from, const Tensor& to) {
    context->save_for_backward({from, to});
    const Tensor rows = x.permute({0, 2, 3, 1}).reshape({-1, x.size(1)});
    const Tensor padded = at::cat({rows, at::zeros({1, x.size(1)}, x.options())});
    return padded.index_select(0, from)
        .view({x.size(0), x.size(2), x.size(3), x.size(1)})
        .permute({0, 3, 1, 2});
  }
  static Tensors backward(AutogradContext* context, const Tensors& of_output) {
    const auto kept = context->get_saved_variables();
    return {apply(of_output[0], kept[1], kept[0]), Tensor(), Tensor()};
  }
};

struct Look {
  const Tensor &drawn, &p;
  // [N, 1, 1, 1]: number k where it happens, else what leaves the picture as it is.
  Tensor operator()(Number chance, Number k, double otherwise) const {
    const Tensor value = drawn.select(1, k);
    return at::where(drawn.select(1, chance).lt(p), value, at::full_like(value, otherwise))
        .view({-1, 1, 1, 1});
  }
};

Tensor recoloured(const Tensor& x, const Look& look) {
  const Tensor brightness = look(kIfColor, kBrightness, 0), saturation = look(kIfColor, kSaturation, 1),
               contrast = look(kIfColor, kContrast, 1);
  const Tensor rest = contrast.neg().add_(1);
  return Mix::apply(x, contrast.mul(saturation), contrast.mul(saturation.neg().add(1)), rest).add(brightness);
}

Tensor moved(const Augmentation& how, const Tensor& x, const Look& look) {
  const std::int64_t n = x.size(0), side = x.size(2);
  const auto options = at::TensorOptions(at::kLong).device(x.device());
  const Tensor pixels = at::arange(side, options), y = pixels.view({1, side, 1}),
               column = pixels.view({1, 1, side});
  const auto whole = [&](Number chance, Number k, double otherwise) {
    return look(chance, k, otherwise).to(at::kLong).view({n, 1, 1});
  };
  const Tensor zero = at::zeros({n, 1, 1}, options);
  const Tensor down = how.translation ? whole(kIfTranslation, kDown, 0) : zero,
               right = how.translation ? whole(kIfTranslation, kRight, 0) : zero;
  Tensor top, left;
  if (how.cutout) top = whole(kIfCutout, kTop, 4.0 * side), left = whole(kIfCutout, kLeft, 4.0 * side);
  const Tensor first = at::arange(n, options).mul_(side * side).view({n, 1, 1});
  const auto between = [](const Tensor& value, const auto& low, const auto& high) {
    return value.ge(low).logical_and(value.lt(high));
  };
  // Pixels (row, col), or none where these lie outside, or where (y_out, x_out) of the result is cut out.
  const auto table = [&](const Tensor& row, const Tensor& col, const Tensor& y_out, const Tensor& x_out) {
    Tensor there = between(row, 0, side).logical_and(between(col, 0, side));
    if (how.cutout) {
      const std::int64_t hole = side / 2;
      const Tensor cut = between(y_out, top, top.add(hole)).logical_and(between(x_out, left, left.add(hole)));
      there = there.logical_and(cut.logical_not());
    }
    return at::where(there, row.mul(side).add(col).add(first), n * side * side).flatten();
  };
  // A pixel of the result comes from up and left of it; one of x goes down and right.
  const Tensor y_to = y.add(down), x_to = column.add(right);
  const Tensor from = table(y.sub(down), column.sub(right), y, column), to = table(y_to, x_to, y_to, x_to);
  return Move::apply(x, from, to);
}

}  // namespace

Augmentation::Augmentation(const std::vector<std::string>& names) {
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  color = has("color"), translation = has("translation"), cutout = has("cutout");
}

Tensor draw_augmentation(std::uint64_t seed, std::uint64_t step, std::int64_t looks, std::int64_t batch,
                         std::int64_t size) {
  Tensor out = at::empty({looks, batch, kAugmentNumbers}, at::kFloat);
  float* to = out.mutable_data_ptr<float>();
  // A whole number from -n to n.
  const auto around = [](core::Random& random, std::int64_t n) {
    return static_cast<double>(random.below(static_cast<std::uint64_t>(2 * n + 1))) - static_cast<double>(n);
  };
  const std::int64_t hole = size / 2, shift = std::lround(static_cast<double>(size) / 8);
  for (std::int64_t look = 0; look < looks; ++look) {
    core::Random random(seed, core::Purpose::augmentation, static_cast<std::uint64_t>(look) << 48 | step);
    for (std::int64_t i = 0; i < batch; ++i, to += kAugmentNumbers) {
      const auto set = [&](Number k, double value) { to[k] = static_cast<float>(value); };
      set(kIfColor, random.uniform());
      set(kBrightness, random.uniform(-0.5, 0.5));
      set(kSaturation, random.uniform(0, 2));
      set(kContrast, random.uniform(0.5, 1.5));
      set(kIfTranslation, random.uniform());
      set(kDown, around(random, shift));
      set(kRight, around(random, shift));
      set(kIfCutout, random.uniform());
      for (const Number k : {kTop, kLeft})  // its middle is any pixel
        set(k, static_cast<double>(random.below(static_cast<std::uint64_t>(size))) -
                   static_cast<double>(hole / 2));
    }
  }
  return out;
}

Tensor augmented(const Augmentation& how, const Tensor& pictures, const Tensor& drawn, const Tensor& p) {
  const Look look{drawn, p};
  Tensor x = how.color ? recoloured(pictures, look) : pictures;
  return how.translation || how.cutout ? moved(how, x, look) : x;
}

}  // namespace facegan::train
