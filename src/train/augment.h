#pragma once
// Differentiable augmentation: what is done at random to all pictures that D sees, real and generated ones,
// in D's and in G's update, with gradients through it (S. Zhao, Z. Liu, J. Lin, J.-Y. Zhu, S. Han,
// "Differentiable augmentation for data-efficient GAN training", NeurIPS 2020, arXiv 2006.10738). Can be
// differentiated twice, for penalties.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "facegan/core/size.h"
#include "train/shares.h"

namespace facegan::train {

// color: brightness + U(-.5, .5), then saturation x U(0, 2) about each pixel's mean over channels and
// contrast
//   x U(.5, 1.5) about the picture's mean.
// translation: by up to an eighth of the side, along each axis, zeros where nothing was.
// cutout: zeros in a box of half the width and height, which may lie partly outside.
struct Augmentation {
  bool color = false, translation = false, cutout = false;

  Augmentation() = default;
  explicit Augmentation(const std::vector<std::string>& names);  // of spec::augmentations()
  bool any() const { return color || translation || cutout; }
};

// Numbers that one look at one picture draws: for each of the three whether it happens, and how.
constexpr std::int64_t kAugmentNumbers = 10;
// Of `looks` looks, number `first` and on, at these rows of a batch of pictures of this size, [looks, rows,
// kAugmentNumbers] on the host; each a function of (seed, step, its number).
at::Tensor draw_augmentation(std::uint64_t seed, std::uint64_t step, std::int64_t looks,
                             const std::vector<Share>& shares, const core::Size& size,
                             std::int64_t first = 0);

// pictures [N, C, H, W], drawn [N, kAugmentNumbers], p: a scalar on the same device, the probability of each.
at::Tensor augmented(const Augmentation& how, const at::Tensor& pictures, const at::Tensor& drawn,
                     const at::Tensor& p);

}  // namespace facegan::train
