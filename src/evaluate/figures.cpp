#include "facegan/evaluate/figures.h"

#include <algorithm>
#include <cmath>

#include "facegan/evaluate/neighbours.h"
#include "facegan/spec/catalogue.h"

namespace facegan::evaluate {
namespace {

struct Task {
  const Sets& sets;
  const Effort& effort;
  std::uint64_t seed;
  Figures& out;
};

void swd(const Task& task) {
  task.out.swd =
      sliced_wasserstein(task.sets.generated, task.sets.real,
                         {.patches = task.effort.patches, .repeats = task.effort.repeats, .seed = task.seed});
}

void ndb(const Task& task) {
  const Bins bins(task.sets.train, {.rounds = task.effort.rounds, .seed = task.seed});
  task.out.ndb = bins.differing(task.sets.generated);
  task.out.ndb_bins = bins.count();
  if (task.sets.held_out) task.out.ndb_held_out = bins.differing(*task.sets.held_out);
}

void similarity(const Task& task) {
  const auto& [generated, real, train, held_out, mirrored] = task.sets;
  const std::size_t pairs = std::min(generated.count(), real.count()) / 2;
  task.out.ms_ssim = ms_ssim(generated, pairs);
  task.out.ms_ssim_real = ms_ssim(real, pairs);
}

void duplicates(const Task& task) {
  const std::size_t count =
      std::min({task.sets.generated.count(), task.sets.real.count(), task.effort.neighbours});
  if (count < 2) return;
  const Pictures ours = task.sets.generated.first(count), theirs = task.sets.real.first(count);
  std::vector<double> real = nearest_distances(theirs, theirs, false);
  std::sort(real.begin(), real.end());
  const double least = real[count / 100] / 2;
  const std::vector<double> made = nearest_distances(ours, ours, false);
  const auto near = std::count_if(made.begin(), made.end(), [&](double value) { return value < least; });
  task.out.duplicates = static_cast<double>(near) / static_cast<double>(count);
}

void nearest(const Task& task) {
  if (!task.sets.held_out) return;
  const auto distance = [&](const Pictures& set) {
    return median(nearest_distances(set, task.sets.train, task.sets.mirrored, task.effort.neighbours));
  };
  task.out.nearest_ratio = distance(task.sets.generated) / distance(*task.sets.held_out);
}

void appearance(const Task& task) {
  Figures& out = task.out;
  out.generated = appearance_of(task.sets.generated), out.real = appearance_of(task.sets.real);
  out.sharpness = out.generated.sharpness / out.real.sharpness;
  out.checkerboard = out.generated.checkerboard / out.real.checkerboard;
}

struct Metric {
  const char* name;
  void (*compute)(const Task& task);
};
constexpr Metric kMetrics[] = {{"swd", swd},
                               {"ndb", ndb},
                               {"ms_ssim", similarity},
                               {"duplicates", duplicates},
                               {"nearest", nearest},
                               {"appearance", appearance}};

}  // namespace

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = names_of(spec::figures());
  return names;
}

Figures measure(const Sets& sets, const std::vector<std::string>& metrics, std::uint64_t seed,
                const Effort& effort, const std::function<void(const std::string&)>& progress) {
  Figures out;
  out.swd.mean = NAN;
  for (const Metric& metric : kMetrics) {
    if (std::find(metrics.begin(), metrics.end(), metric.name) == metrics.end()) continue;
    if (progress) progress(metric.name);
    metric.compute({sets, effort, seed, out});
  }
  return out;
}

}  // namespace facegan::evaluate
