#pragma once
// The figures of one set of generated pictures against a real set. Free of LibTorch.
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "facegan/evaluate/appearance.h"
#include "facegan/evaluate/distribution.h"

namespace facegan::evaluate {

// What generated pictures are measured against: real ones, and those that trained their model. Pictures held
// out of training say what a good generator's figures would be; none: what needs them is NaN.
struct Reference {
  const Pictures &real, &train;
  const Pictures* held_out = nullptr;
  bool mirrored = false;  // training saw its pictures mirrored, too
};

// How exact it is to be; what it costs grows with each. Figures of different efforts must not be compared.
struct Effort {
  std::int64_t patches = 128, repeats = 4;  // of SwdOptions
  std::int64_t rounds = 40;                 // of NdbOptions
  std::size_t neighbours = 2000;            // pictures of a set whose nearest ones are looked for
  bool often = false;  // the same again and again: what can be kept of the real pictures is kept
};
inline constexpr Effort kQuick{.patches = 16, .repeats = 1, .rounds = 10, .neighbours = 500, .often = true};

// Names of --metrics, in the order in which they are computed.
const std::vector<std::string>& metric_names();

// NaN, and empty lists, for what was not asked for, and for what the sets are too small for.
struct Figures {
  Swd swd;
  double ndb = NAN, ndb_held_out = NAN;  // by the bins of the pictures that trained
  std::int64_t ndb_bins = 0;
  double ms_ssim = NAN, ms_ssim_real = NAN;  // of pairs of generated, and of as many pairs of real pictures
  // The share of generated pictures (of the first Effort::neighbours) that are nearer to another one than
  // half of what 99 of 100 of as many real pictures keep between them.
  double duplicates = NAN;
  // The median distance from generated to training pictures over that from held-out ones: about 1, or above;
  // below where the generator copies.
  double nearest_ratio = NAN;
  // Of generated over that of real pictures: 1 = the same.
  double sharpness = NAN, checkerboard = NAN;
  Appearance generated, real;
};

class Meter {
 public:
  // metrics: names of metric_names(). seed: of all that is drawn. The pictures of the reference must outlive
  // it.
  Meter(const Reference& reference, std::vector<std::string> metrics, std::uint64_t seed,
        const Effort& effort = {});
  ~Meter();
  // progress(name) before each metric; may be empty. What depends on the reference alone is computed by the
  // first call, and anew when there are more or fewer pictures.
  Figures measure(const Pictures& generated, const std::function<void(const std::string&)>& progress = {});

 private:
  struct Side;
  Reference reference_;
  std::vector<std::string> metrics_;
  std::uint64_t seed_;
  Effort effort_;
  std::unique_ptr<Side> side_;
};

}  // namespace facegan::evaluate
