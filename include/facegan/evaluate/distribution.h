#pragma once
// How far the distribution of one set of pictures is from that of another, from pixels alone: no network, no
// download. Free of LibTorch. Sets are of one size; numbers are functions of the pictures, not of their order
// (but for rounding), and of the seed. Every figure is NaN where a set is too small for it.
#include <cstdint>
#include <vector>

#include "facegan/evaluate/pictures.h"

namespace facegan::evaluate {

// Sliced Wasserstein distance of patches on the levels of a Laplacian pyramid: T. Karras, T. Aila, S. Laine,
// J. Lehtinen, "Progressive growing of GANs for improved quality, stability, and variation", ICLR 2018,
// section 5.
struct SwdOptions {
  std::size_t pictures = 4096;  // at most so many of each set, the first ones
  std::int64_t patches = 128;  // of each picture and level, 7x7; their places follow from the picture's bytes
  std::int64_t repeats = 4, directions = 128;
  std::uint64_t seed = 1;
};
struct Swd {
  std::vector<double> levels;  // x 1000; finest first: the pictures' size, its half, ... while at least 16
  double mean = 0;
  std::size_t pictures = 0;  // of each set that were compared
};
Swd sliced_wasserstein(const Pictures& a, const Pictures& b, const SwdOptions& options = {});
// The same of one set, its first `count` pictures, against others of at least as many: what depends on it
// alone is computed once, and held: pictures x patches x directions x repeats x 4 bytes for each level.
class SwdReference {
 public:
  SwdReference(const Pictures& set, std::size_t count, const SwdOptions& options);
  Swd to(const Pictures& other) const;

 private:
  SwdOptions options_;
  std::size_t count_;
  std::vector<std::vector<float>> projections_;  // in order; of each level, one repeat after the other
};

// Number of statistically different bins: E. Richardson, Y. Weiss, "On GANs and GMMs", NeurIPS 2018,
// section 4. Bins are the clusters of k-means on the pixels of a reference set.
struct NdbOptions {
  std::int64_t bins = 100;   // fewer where the reference has fewer than ten pictures for each
  std::int64_t rounds = 40;  // of Lloyd's algorithm at most
  std::uint64_t seed = 1;    // of the first centres
};
class Bins {
 public:
  Bins(const Pictures& reference, const NdbOptions& options = {});
  std::int64_t count() const { return static_cast<std::int64_t>(shares_.size()); }
  // The share of bins whose part of the set differs from that of the reference (two-proportion z-test, 5 %).
  // NaN when there are less than two bins, or no pictures.
  double differing(const Pictures& set) const;

 private:
  std::vector<std::int64_t> members(const Pictures& set) const;
  std::vector<float> centres_;        // [bins, pixels], as rows_of() gives pictures
  std::vector<std::int64_t> shares_;  // pictures of the reference in each bin
  std::int64_t reference_ = 0;        // its pictures
};

// The mean multi-scale structural similarity of pictures 0 and 1, 2 and 3, ... of a set: 1 when all are the
// same picture (Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multi-scale structural similarity for image quality
// assessment", ACSSC 2003; as a measure of diversity A. Odena, C. Olah, J. Shlens, ICML 2017). Five levels,
// an 11-tap window, smaller where a level is smaller.
double ms_ssim(const Pictures& set, std::size_t pairs = SIZE_MAX);
double ms_ssim(std::span<const unsigned char> a, std::span<const unsigned char> b, const core::Size& size,
               std::int64_t channels);

}  // namespace facegan::evaluate
