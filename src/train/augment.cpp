#include "train/augment.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "facegan/core/random.h"
#include "facegan/device/threads.h"

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

// What is done to each picture, resolved: kind by kind a tensor [N] of the pictures' type. A pixel moves down
// and right; colours become scale * x + grey * (mean over channels) + flat * (mean of the picture) +
// brightness; the hole at (top, left) is cut out afterwards.
struct Plan {
  Tensor scale, grey, flat, brightness, down, right, top, left;
  core::Size hole;

  Plan without_brightness() const {
    Plan plan = *this;
    plan.brightness = at::zeros_like(brightness);
    return plan;
  }
};

Plan plan_of(const Augmentation& how, const Tensor& drawn, const Tensor& p, const core::Size& size) {
  const Tensor zero = at::zeros_like(drawn.select(1, 0));
  // Number k where it happens, else what leaves the picture as it is.
  const auto number = [&](bool wanted, Number chance, Number k, double otherwise) {
    const Tensor kept = at::full_like(zero, otherwise);
    return wanted ? at::where(drawn.select(1, chance).lt(p), drawn.select(1, k), kept) : kept;
  };
  const Tensor saturation = number(how.color, kIfColor, kSaturation, 1),
               contrast = number(how.color, kIfColor, kContrast, 1);
  const double outside = 4.0 * static_cast<double>(size.longer());
  return {contrast.mul(saturation),
          contrast.mul(saturation.neg().add(1)),
          contrast.neg().add(1),
          number(how.color, kIfColor, kBrightness, 0),
          number(how.translation, kIfTranslation, kDown, 0),
          number(how.translation, kIfTranslation, kRight, 0),
          number(how.cutout, kIfCutout, kTop, outside),
          number(how.cutout, kIfCutout, kLeft, outside),
          {size.width / 2, size.height / 2}};
}

// ---- on the CPU: picture by picture
// ---------------------------------------------------------------------------

// One picture, [height, width, channels]; the means are of what colours are changed of.
template <class T>
struct Canvas {
  std::int64_t height, width, channels;

  T mean(const T* x) const {
    double sum = 0;
    for (std::int64_t k = 0; k < height * width * channels; ++k) sum += x[k];
    return static_cast<T>(sum / static_cast<double>(height * width * channels));
  }
  void recolour(T* x, T scale, T grey, T constant) const {
    for (std::int64_t k = 0; k < height * width; ++k, x += channels) {
      T sum = 0;
      for (std::int64_t c = 0; c < channels; ++c) sum += x[c];
      const T rest = grey * (sum / static_cast<T>(channels)) + constant;
      for (std::int64_t c = 0; c < channels; ++c) x[c] = scale * x[c] + rest;
    }
  }
  // out(y, x) = in(y - down, x - right), zero where there is none.
  void move(const T* in, T* out, std::int64_t down, std::int64_t right) const {
    std::fill_n(out, height * width * channels, T(0));
    const std::int64_t first = std::max<std::int64_t>(right, 0), last = std::min(width, width + right);
    for (std::int64_t y = std::max<std::int64_t>(down, 0); y < std::min(height, height + down); ++y)
      if (last > first)
        std::copy_n(in + ((y - down) * width + first - right) * channels, (last - first) * channels,
                    out + (y * width + first) * channels);
  }
  void cut(T* x, std::int64_t top, std::int64_t left, const core::Size& hole) const {
    const std::int64_t first = std::clamp<std::int64_t>(left, 0, width),
                       last = std::clamp<std::int64_t>(left + hole.width, 0, width);
    for (std::int64_t y = std::clamp<std::int64_t>(top, 0, height);
         y < std::clamp(top + hole.height, std::int64_t{0}, height); ++y)
      std::fill_n(x + (y * width + first) * channels, (last - first) * channels, T(0));
  }
};

template <class T>
Tensor apply_to_each(const Tensor& x, const Plan& plan, bool adjoint) {
  const std::int64_t n = x.size(0);
  const Canvas<T> canvas{x.size(2), x.size(3), x.size(1)};
  const std::int64_t numbers = canvas.height * canvas.width * canvas.channels;
  const Tensor in = x.contiguous(at::MemoryFormat::ChannelsLast);
  Tensor out = at::empty_like(in);
  const auto values = [](const Tensor& t) { return t.template const_data_ptr<T>(); };
  const Plan p{plan.scale.contiguous(),      plan.grey.contiguous(), plan.flat.contiguous(),
               plan.brightness.contiguous(), plan.down.contiguous(), plan.right.contiguous(),
               plan.top.contiguous(),        plan.left.contiguous(), plan.hole};
  device::parallel_for(n, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> moved(static_cast<std::size_t>(numbers));
    for (std::int64_t i = begin; i < end; ++i) {
      const T* const from = in.const_data_ptr<T>() + i * numbers;
      T* const to = out.mutable_data_ptr<T>() + i * numbers;
      const auto whole = [&](const Tensor& t) { return static_cast<std::int64_t>(values(t)[i]); };
      const std::int64_t down = whole(p.down), right = whole(p.right), top = whole(p.top),
                         left = whole(p.left);
      const T scale = values(p.scale)[i], grey = values(p.grey)[i], flat = values(p.flat)[i];
      std::copy_n(from, numbers, moved.data());
      if (adjoint) {
        canvas.cut(moved.data(), top, left, p.hole);
        canvas.move(moved.data(), to, -down, -right);
        canvas.recolour(to, scale, grey, flat * canvas.mean(to));
      } else {
        canvas.recolour(moved.data(), scale, grey, flat * canvas.mean(from) + values(p.brightness)[i]);
        canvas.move(moved.data(), to, down, right);
        canvas.cut(to, top, left, p.hole);
      }
    }
  });
  return out;
}

// ---- elsewhere: by operators, whatever the pictures are
// -------------------------------------------------------

// Pixel k of the result is pixel table[k] of x, or zero where that is one behind the last; k counts through
// all.
Tensor moved_by(const Tensor& x, const Tensor& table) {
  const Tensor rows = x.permute({0, 2, 3, 1}).reshape({-1, x.size(1)});
  const Tensor padded = at::cat({rows, at::zeros({1, x.size(1)}, x.options())});
  return padded.index_select(0, table)
      .view({x.size(0), x.size(2), x.size(3), x.size(1)})
      .permute({0, 3, 1, 2});
}

Tensor recoloured(const Tensor& x, const Plan& plan) {
  const auto each = [](const Tensor& t) { return t.view({-1, 1, 1, 1}); };
  const Tensor grey = x.mean(1, /*keepdim=*/true);
  const Tensor rest =
      grey.mul(each(plan.grey)).add_(grey.mean({2, 3}, /*keepdim=*/true).mul_(each(plan.flat)));
  return x.mul(each(plan.scale)).add_(rest).add_(each(plan.brightness));
}

Tensor apply_to_all(const Tensor& x, const Plan& plan, bool adjoint) {
  const std::int64_t n = x.size(0), height = x.size(2), width = x.size(3);
  const auto options = at::TensorOptions(at::kLong).device(x.device());
  const Tensor y = at::arange(height, options).view({1, height, 1}),
               column = at::arange(width, options).view({1, 1, width});
  const auto whole = [&](const Tensor& t) { return t.to(at::kLong).view({n, 1, 1}); };
  const Tensor down = whole(plan.down), right = whole(plan.right), top = whole(plan.top),
               left = whole(plan.left);
  const auto between = [](const Tensor& value, const auto& low, const auto& high) {
    return value.ge(low).logical_and(value.lt(high));
  };
  const Tensor first = at::arange(n, options).mul_(height * width).view({n, 1, 1});
  // A pixel of the result comes from up and left of it; one of x goes down and right. Nothing comes out of
  // the hole.
  const Tensor row = adjoint ? y.add(down) : y.sub(down),
               col = adjoint ? column.add(right) : column.sub(right);
  const Tensor &y_out = adjoint ? row : y, &x_out = adjoint ? col : column;
  const Tensor cut = between(y_out, top, top.add(plan.hole.height))
                         .logical_and(between(x_out, left, left.add(plan.hole.width)));
  const Tensor there =
      between(row, 0, height).logical_and(between(col, 0, width)).logical_and(cut.logical_not());
  const Tensor table = at::where(there, row.mul(width).add(col).add(first), n * height * width).flatten();
  return adjoint ? recoloured(moved_by(x, table), plan.without_brightness())
                 : moved_by(recoloured(x, plan), table);
}

Tensor apply_plan(const Tensor& x, const Plan& plan, bool adjoint) {
  if (!x.is_cpu()) return apply_to_all(x, plan, adjoint);
  return x.scalar_type() == at::kDouble ? apply_to_each<double>(x, plan, adjoint)
                                        : apply_to_each<float>(x, plan, adjoint);
}

// It is linear but for the brightness, and so its own derivative.
struct Apply : torch::autograd::Function<Apply> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Plan& plan, bool adjoint) {
    context->saved_data["hole_width"] = plan.hole.width;
    context->saved_data["hole_height"] = plan.hole.height;
    context->saved_data["adjoint"] = adjoint;
    context->save_for_backward(
        {plan.scale, plan.grey, plan.flat, plan.brightness, plan.down, plan.right, plan.top, plan.left});
    return apply_plan(x, plan, adjoint);
  }
  static Tensors backward(AutogradContext* context, const Tensors& of_output) {
    const auto kept = context->get_saved_variables();
    const Plan plan{kept[0],
                    kept[1],
                    kept[2],
                    kept[3],
                    kept[4],
                    kept[5],
                    kept[6],
                    kept[7],
                    {context->saved_data["hole_width"].toInt(), context->saved_data["hole_height"].toInt()}};
    const bool adjoint = context->saved_data["adjoint"].toBool();
    return {apply(of_output[0], plan.without_brightness(), !adjoint), Tensor(), Tensor()};
  }
};

// What one look at one picture draws: kAugmentNumbers numbers of the stream.
void draw_look(core::Random& random, const core::Size& size, float* to) {
  const auto set = [&](Number k, double value) { to[k] = static_cast<float>(value); };
  // A whole number from -n to n, an eighth of the side.
  const auto shift = [&](std::int64_t side) {
    const auto n = static_cast<std::int64_t>(std::lround(static_cast<double>(side) / 8));
    return static_cast<double>(random.below(static_cast<std::uint64_t>(2 * n + 1))) - static_cast<double>(n);
  };
  // Its middle is any pixel.
  const auto beginning = [&](std::int64_t side) {
    return static_cast<double>(random.below(static_cast<std::uint64_t>(side))) -
           static_cast<double>(side / 2 / 2);
  };
  set(kIfColor, random.uniform());
  set(kBrightness, random.uniform(-0.5, 0.5));
  set(kSaturation, random.uniform(0, 2));
  set(kContrast, random.uniform(0.5, 1.5));
  set(kIfTranslation, random.uniform());
  set(kDown, shift(size.height));
  set(kRight, shift(size.width));
  set(kIfCutout, random.uniform());
  set(kTop, beginning(size.height));
  set(kLeft, beginning(size.width));
}

}  // namespace

Augmentation::Augmentation(const std::vector<std::string>& names) {
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  color = has("color"), translation = has("translation"), cutout = has("cutout");
}

Tensor draw_augmentation(std::uint64_t seed, std::uint64_t step, std::int64_t looks,
                         const std::vector<Share>& shares, const core::Size& size, std::int64_t first) {
  Tensor out = at::empty({looks, rows_in(shares), kAugmentNumbers}, at::kFloat);
  float* to = out.mutable_data_ptr<float>();
  for (std::int64_t look = first; look < first + looks; ++look)
    for (const Share& share : shares) {
      core::Random random(seed, core::Purpose::augmentation, static_cast<std::uint64_t>(look) << 48 | step);
      random.skip(static_cast<std::uint64_t>(share.first * kAugmentNumbers));
      for (std::int64_t i = 0; i < share.count; ++i, to += kAugmentNumbers) draw_look(random, size, to);
    }
  return out;
}

Tensor augmented(const Augmentation& how, const Tensor& pictures, const Tensor& drawn, const Tensor& p) {
  return Apply::apply(pictures,
                      plan_of(how, drawn.to(pictures.scalar_type()), p, {pictures.size(3), pictures.size(2)}),
                      false);
}

}  // namespace facegan::train
