#include "facegan/evaluate/figures.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "facegan/evaluate/neighbours.h"
#include "facegan/spec/catalogue.h"

namespace facegan::evaluate {

// What is known of the reference, for so many generated pictures.
struct Meter::Side {
  const Reference& sets;
  const Effort& effort;
  const std::uint64_t seed;
  const std::size_t generated;  // pictures
  std::optional<SwdReference> swd;
  std::optional<Bins> bins;
  std::optional<double> ms_ssim, least_distance, held_out_distance;
  std::optional<Appearance> appearance;

  template <class T, class Make>
  static const T& once(std::optional<T>& value, Make make) {
    if (!value) value.emplace(make());
    return *value;
  }

  void compute_swd(const Pictures& made, Figures& out) {
    const SwdOptions options{.patches = effort.patches, .repeats = effort.repeats, .seed = seed};
    if (!effort.often) {
      out.swd = sliced_wasserstein(made, sets.real, options);
      return;
    }
    out.swd = once(swd, [&] { return SwdReference(sets.real, generated, options); }).to(made);
  }

  void compute_ndb(const Pictures& made, Figures& out) {
    const Bins& of_train =
        once(bins, [&] { return Bins(sets.train, {.rounds = effort.rounds, .seed = seed}); });
    out.ndb = of_train.differing(made);
    out.ndb_bins = of_train.count();
    if (sets.held_out) out.ndb_held_out = of_train.differing(*sets.held_out);
  }

  void compute_similarity(const Pictures& made, Figures& out) {
    const std::size_t pairs = std::min(generated, sets.real.count()) / 2;
    out.ms_ssim = evaluate::ms_ssim(made, pairs);
    out.ms_ssim_real = once(ms_ssim, [&] { return evaluate::ms_ssim(sets.real, pairs); });
  }

  void compute_duplicates(const Pictures& made, Figures& out) {
    const std::size_t count = std::min({generated, sets.real.count(), effort.neighbours});
    if (count < 2) return;
    const double least = once(least_distance, [&] {
      const Pictures real = sets.real.first(count);
      std::vector<double> nearest = nearest_distances(real, real, false);
      std::sort(nearest.begin(), nearest.end());
      return nearest[count / 100] / 2;
    });
    const Pictures ours = made.first(count);
    const std::vector<double> nearest = nearest_distances(ours, ours, false);
    const auto near = std::count_if(nearest.begin(), nearest.end(), [&](double d) { return d < least; });
    out.duplicates = static_cast<double>(near) / static_cast<double>(count);
  }

  void compute_nearest(const Pictures& made, Figures& out) {
    if (!sets.held_out) return;
    const auto distance = [&](const Pictures& set) {
      return median(nearest_distances(set, sets.train, sets.mirrored, effort.neighbours));
    };
    out.nearest_ratio = distance(made) / once(held_out_distance, [&] { return distance(*sets.held_out); });
  }

  void compute_appearance(const Pictures& made, Figures& out) {
    out.generated = appearance_of(made);
    out.real = once(appearance, [&] { return appearance_of(sets.real); });
    out.sharpness = out.generated.sharpness / out.real.sharpness;
    out.checkerboard = out.generated.checkerboard / out.real.checkerboard;
  }
};

Meter::Meter(const Reference& reference, std::vector<std::string> metrics, std::uint64_t seed,
             const Effort& effort)
    : reference_(reference), metrics_(std::move(metrics)), seed_(seed), effort_(effort) {}

Meter::~Meter() = default;

Figures Meter::measure(const Pictures& generated, const std::function<void(const std::string&)>& progress) {
  static constexpr struct {
    const char* name;
    void (Side::*compute)(const Pictures&, Figures&);
  } kMetrics[] = {{"swd", &Side::compute_swd},
                  {"ndb", &Side::compute_ndb},
                  {"ms_ssim", &Side::compute_similarity},
                  {"duplicates", &Side::compute_duplicates},
                  {"nearest", &Side::compute_nearest},
                  {"appearance", &Side::compute_appearance}};
  if (!side_ || side_->generated != generated.count())
    side_ = std::unique_ptr<Side>(new Side{reference_, effort_, seed_, generated.count()});
  Figures out;
  out.swd.mean = NAN;
  for (const auto& [name, compute] : kMetrics) {
    if (std::find(metrics_.begin(), metrics_.end(), name) == metrics_.end()) continue;
    if (progress) progress(name);
    (*side_.*compute)(generated, out);
  }
  return out;
}

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = names_of(spec::figures());
  return names;
}

}  // namespace facegan::evaluate
