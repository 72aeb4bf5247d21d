#pragma once
// Counter-based random numbers: everything random in facegan is a pure function of
// (seed, purpose, index), so neither resuming nor the number of workers can change it.
//
// Generator: Philox4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#include <array>
#include <cstdint>
#include <vector>

namespace facegan::core {

// What a stream is used for. Values are part of every stored run: append, never renumber.
enum class Purpose : std::uint32_t {
  weights = 1,        // initial weights; index = parameter number
  latents = 2,        // z of a training step; index = step
  grid = 3,           // fixed latents of the sample grids; index = picture
  sample = 4,         // latents of `sample`; index = picture (the seed is the user's)
  order = 5,          // permutation of an epoch; index = epoch
  flip = 6,           // horizontal flips; index = step
  dropout = 7,        // dropout masks; index = step
  faces = 8,          // drawn portraits; index = picture
  label_noise = 9,    // label flipping; index = step
  penalty = 10,       // mixing of the gradient penalty; index = step
  variation = 11,     // noise around the result of `arithmetic`; index = picture
  evaluation = 12,    // places and directions of figures; index = what they are of
  augmentation = 13,  // of pictures before D sees them; index = step, which look
  statistics = 14,    // latents of the mean network's statistics; index = picture
  condition = 15      // which real row a picture's condition is; index = picture
};

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// One stream of numbers. Cheap to make: no state besides the counter.
class Random {
 public:
  Random(std::uint64_t seed, Purpose purpose, std::uint64_t index);

  // Passes over the first so many 64-bit numbers, at once. A uniform number takes one, below() as well (but for
  // one in 10^17 that it draws again), a pair of normal ones two. Of a stream of which none was taken yet.
  void skip(std::uint64_t numbers);

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  // Uniform in [0, n), unbiased; n > 0.
  std::uint64_t below(std::uint64_t n);
  // Uniform in [0, 1) with 53 bits.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  bool chance(double probability) { return uniform() < probability; }
  // Standard normal (Box-Muller).
  double normal();
  // count standard normals as floats.
  void fill_normal(float* out, std::size_t count);

 private:
  void refill();
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

// permutation(seed, epoch): a shuffled 0..n-1 (Fisher-Yates on the order stream).
std::vector<std::uint32_t> permutation(std::uint64_t seed, std::uint64_t epoch, std::uint32_t n);

}  // namespace facegan::core
