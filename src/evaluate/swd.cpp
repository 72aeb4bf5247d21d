#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/pad.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "evaluate/rows.h"
#include "facegan/core/checksum.h"
#include "facegan/core/random.h"
#include "facegan/device/threads.h"
#include "facegan/evaluate/distribution.h"

namespace facegan::evaluate {
namespace {

constexpr std::int64_t kPatch = 7, kSmallest = 16;
constexpr std::size_t kTogether = 256;  // pictures whose pyramids are in memory at once

// 1 4 6 4 1 / 16 along both axes, each channel alone, mirrored at the edges. x: [N, C, H, W]; scale: of the
// result.
at::Tensor blurred(const at::Tensor& x, double scale) {
  const at::Tensor row = at::tensor({1.f, 4.f, 6.f, 4.f, 1.f}).div_(16);
  const at::Tensor kernel = row.unsqueeze(1).mm(row.unsqueeze(0)).mul_(scale).view({1, 1, 5, 5});
  const at::Tensor flat = x.reshape({x.size(0) * x.size(1), 1, x.size(2), x.size(3)});
  return at::conv2d(at::pad(flat, {2, 2, 2, 2}, "reflect"), kernel)
      .view({x.size(0), x.size(1), x.size(2), x.size(3)});
}

at::Tensor every_second(const at::Tensor& x) {
  return x.slice(2, 0, INT64_MAX, 2).slice(3, 0, INT64_MAX, 2).contiguous();
}

// Zeros between the pixels, then the blur: four times as many pixels of a quarter of the weight each.
at::Tensor doubled(const at::Tensor& x) {
  at::Tensor wide = at::zeros({x.size(0), x.size(1), 2 * x.size(2), 2 * x.size(3)}, x.options());
  wide.slice(2, 0, INT64_MAX, 2).slice(3, 0, INT64_MAX, 2).copy_(x);
  return blurred(wide, 4);
}

// What each size of a picture has over the next smaller one; the smallest as it is. Finest first.
std::vector<at::Tensor> pyramid(at::Tensor x) {
  std::vector<at::Tensor> levels;
  while (x.size(2) % 2 == 0 && x.size(3) % 2 == 0 && std::min(x.size(2), x.size(3)) / 2 >= kSmallest) {
    const at::Tensor half = every_second(blurred(x, 1));
    levels.push_back(x.sub(doubled(half)));
    x = half;
  }
  levels.push_back(x);
  return levels;
}

// Patches of all pictures, level by level [pictures * patches, C * 7 * 7], normal in each channel.
class Patches {
 public:
  // None of pictures smaller than a patch.
  Patches(const Pictures& set, std::size_t count, const SwdOptions& options) {
    if (set.size.shorter() < kPatch) return;
    for (std::size_t begin = 0; begin < count; begin += kTogether) {
      const std::size_t end = std::min(count, begin + kTogether);
      const std::vector<at::Tensor> levels = pyramid(
          rows_of(set, begin, end)
              .view({static_cast<std::int64_t>(end - begin), set.size.height, set.size.width, set.channels})
              .permute({0, 3, 1, 2})
              .contiguous());
      if (all_.empty())
        for (std::size_t l = 0; l < levels.size(); ++l)
          all_.push_back(at::empty(
              {static_cast<std::int64_t>(count) * options.patches, set.channels * kPatch * kPatch}));
      for (std::size_t i = begin; i < end; ++i) {
        // By its bytes, so that neither its place in a set nor the set matters.
        const auto picture = set[i];
        const std::uint64_t hash = core::xxh64(picture.data(), picture.size());
        for (std::size_t l = 0; l < levels.size(); ++l)
          cut(levels[l][static_cast<std::int64_t>(i - begin)], hash, options,
              static_cast<std::int64_t>(i) * options.patches, l);
      }
    }
    for (at::Tensor& patches : all_) normalise(patches, set.channels);
  }

  std::vector<at::Tensor>& levels() { return all_; }

 private:
  // picture: [C, H, W].
  void cut(const at::Tensor& picture, std::uint64_t hash, const SwdOptions& options, std::int64_t row,
           std::size_t level) {
    core::Random random(options.seed ^ hash, core::Purpose::evaluation, level);
    const std::int64_t channels = picture.size(0), height = picture.size(1), width = picture.size(2);
    const auto place = [&](std::int64_t side) {
      return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(side - kPatch + 1)));
    };
    const float* const in = picture.const_data_ptr<float>();
    float* out = all_[level].mutable_data_ptr<float>() + row * channels * kPatch * kPatch;
    for (std::int64_t p = 0; p < options.patches; ++p) {
      const std::int64_t y = place(height), x = place(width);
      for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t dy = 0; dy < kPatch; ++dy)
          out = std::copy_n(in + (c * height + y + dy) * width + x, kPatch, out);
    }
  }

  // Mean 0 and deviation 1 over all patches of the set, channel by channel.
  static void normalise(at::Tensor& patches, std::int64_t channels) {
    const at::Tensor view = patches.view({patches.size(0), channels, kPatch * kPatch});
    for (std::int64_t c = 0; c < channels; ++c) {
      at::Tensor plane = view.select(1, c);
      double sum = 0, squares = 0;
      for (std::int64_t i = 0; i < plane.size(0); ++i) {
        const float* const values = plane.const_data_ptr<float>() + i * channels * kPatch * kPatch;
        for (std::int64_t k = 0; k < kPatch * kPatch; ++k)
          sum += values[k], squares += double{values[k]} * values[k];
      }
      const auto count = static_cast<double>(plane.numel());
      const double mean = sum / count, deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
      plane.sub_(mean).mul_(deviation > 0 ? 1 / deviation : 0);
    }
  }

  std::vector<at::Tensor> all_;
};

// Numbers in order, by three passes over 11 bits each of a key that is ordered as they are: several times as
// fast as comparing.
void sort_floats(float* values, std::size_t count, std::vector<std::uint32_t>& a,
                 std::vector<std::uint32_t>& b) {
  a.resize(count), b.resize(count);
  std::array<std::array<std::uint32_t, 2048>, 3> places{};
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    const std::uint32_t key = bits ^ (bits >> 31 ? 0xFFFFFFFFu : 0x80000000u);
    a[i] = key;
    ++places[0][key & 2047], ++places[1][key >> 11 & 2047], ++places[2][key >> 22];
  }
  for (auto& place : places) {
    std::uint32_t sum = 0;
    for (std::uint32_t& p : place) sum += std::exchange(p, sum);
  }
  for (int pass = 0; pass < 3; ++pass) {
    for (const std::uint32_t key : a)
      b[places[static_cast<std::size_t>(pass)][key >> (11 * pass) & 2047]++] = key;
    std::swap(a, b);
  }
  for (std::size_t i = 0; i < count; ++i)
    values[i] = std::bit_cast<float>(a[i] ^ (a[i] >> 31 ? 0x80000000u : 0xFFFFFFFFu));
}

// Unit vectors, [directions, length].
at::Tensor directions_of(const SwdOptions& options, std::int64_t repeat, std::size_t level,
                         std::int64_t length) {
  at::Tensor out = at::empty({options.directions, length});
  core::Random random(options.seed, core::Purpose::evaluation,
                      std::uint64_t{1} << 32 | static_cast<std::uint64_t>(repeat) << 8 | level);
  random.fill_normal(out.mutable_data_ptr<float>(), static_cast<std::size_t>(out.numel()));
  return out.div_(out.norm(2, 1, /*keepdim=*/true));
}

// The projections of patches on a level's directions, [directions, patches], each row in order.
at::Tensor projected(const at::Tensor& patches, const SwdOptions& options, std::int64_t repeat,
                     std::size_t level) {
  at::Tensor out = at::mm(directions_of(options, repeat, level, patches.size(1)), patches.t());
  const std::int64_t count = out.size(1);
  device::parallel_for(out.size(0), [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint32_t> keys, other;
    for (std::int64_t d = begin; d < end; ++d)
      sort_floats(out.mutable_data_ptr<float>() + d * count, static_cast<std::size_t>(count), keys, other);
  });
  return out;
}

// The mean over directions of the mean difference of two sets' projections in order.
double distance(const float* a, const at::Tensor& b) {
  const std::int64_t count = b.size(1);
  std::vector<double> sums(static_cast<std::size_t>(b.size(0)));
  device::parallel_for(b.size(0), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t d = begin; d < end; ++d) {
      const float *const x = a + d * count, *const y = b.const_data_ptr<float>() + d * count;
      double sum = 0;
      for (std::int64_t i = 0; i < count; ++i) sum += std::abs(double{x[i]} - y[i]);
      sums[static_cast<std::size_t>(d)] = sum / static_cast<double>(count);
    }
  });
  double sum = 0;
  for (const double value : sums) sum += value;
  return sum / static_cast<double>(sums.size());
}

// of_level(level, patches of a level, repeat): a distance.
template <class OfLevel>
Swd over_levels(std::vector<at::Tensor>& patches, std::size_t pictures, const SwdOptions& options,
                OfLevel of_level) {
  Swd out;
  out.pictures = pictures;
  for (std::size_t level = 0; level < patches.size(); ++level) {
    double total = 0;
    for (std::int64_t repeat = 0; repeat < options.repeats; ++repeat)
      total += of_level(level, patches[level], repeat);
    out.levels.push_back(1000 * total / static_cast<double>(options.repeats));
    out.mean += out.levels.back();
  }
  out.mean = out.levels.empty() ? NAN : out.mean / static_cast<double>(out.levels.size());
  return out;
}

}  // namespace

Swd sliced_wasserstein(const Pictures& a, const Pictures& b, const SwdOptions& options) {
  c10::AutoGradMode no_grad(false);
  const std::size_t pictures = std::min({a.count(), b.count(), options.pictures});
  Patches of_a(a, pictures, options), of_b(b, pictures, options);
  return over_levels(of_a.levels(), pictures, options,
                     [&](std::size_t level, const at::Tensor& patches, std::int64_t repeat) {
                       const at::Tensor ours = projected(patches, options, repeat, level);
                       return distance(ours.const_data_ptr<float>(),
                                       projected(of_b.levels()[level], options, repeat, level));
                     });
}

SwdReference::SwdReference(const Pictures& set, std::size_t count, const SwdOptions& options)
    : options_(options), count_(std::min({count, set.count(), options.pictures})) {
  c10::AutoGradMode no_grad(false);
  Patches patches(set, count_, options);
  for (std::size_t level = 0; level < patches.levels().size(); ++level) {
    std::vector<float>& all = projections_.emplace_back();
    for (std::int64_t repeat = 0; repeat < options.repeats; ++repeat) {
      const at::Tensor one = projected(patches.levels()[level], options, repeat, level);
      all.insert(all.end(), one.const_data_ptr<float>(), one.const_data_ptr<float>() + one.numel());
    }
  }
}

Swd SwdReference::to(const Pictures& other) const {
  c10::AutoGradMode no_grad(false);
  Patches patches(other, count_, options_);
  return over_levels(patches.levels(), count_, options_,
                     [&](std::size_t level, const at::Tensor& of_level, std::int64_t repeat) {
                       const at::Tensor theirs = projected(of_level, options_, repeat, level);
                       return distance(projections_[level].data() + repeat * theirs.numel(), theirs);
                     });
}

}  // namespace facegan::evaluate
