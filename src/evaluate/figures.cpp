#include "facegan/evaluate/figures.h"

#include <algorithm>
#include <cmath>

#include "facegan/evaluate/neighbours.h"

namespace facegan::evaluate {
namespace {

struct Task {
  const Pictures &generated, &real;
  std::uint64_t seed;
  Figures& out;
};

void swd(const Task& task) {
  task.out.swd = sliced_wasserstein(task.generated, task.real, {.seed = task.seed});
}

void ndb(const Task& task) {
  const Bins bins(task.real, {.seed = task.seed});
  task.out.ndb = bins.differing(task.generated);
  task.out.ndb_bins = bins.count();
}

void similarity(const Task& task) {
  const std::size_t pairs = std::min(task.generated.count(), task.real.count()) / 2;
  task.out.ms_ssim = ms_ssim(task.generated, pairs);
  task.out.ms_ssim_real = ms_ssim(task.real, pairs);
}

void duplicates(const Task& task) {
  const std::size_t count = std::min({task.generated.count(), task.real.count(), kMostNeighbours});
  if (count < 2) return;
  const Pictures ours = task.generated.first(count), theirs = task.real.first(count);
  std::vector<double> real = nearest_distances(theirs, theirs, false);
  std::sort(real.begin(), real.end());
  const double least = real[count / 100] / 2;
  const std::vector<double> made = nearest_distances(ours, ours, false);
  const auto near = std::count_if(made.begin(), made.end(), [&](double value) { return value < least; });
  task.out.duplicates = static_cast<double>(near) / static_cast<double>(count);
}

void appearance(const Task& task) {
  Figures& out = task.out;
  out.generated = appearance_of(task.generated), out.real = appearance_of(task.real);
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
                               {"appearance", appearance}};

}  // namespace

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Metric& metric : kMetrics) all.emplace_back(metric.name);
    return all;
  }();
  return names;
}

Figures measure(const Pictures& generated, const Pictures& real, const std::vector<std::string>& metrics,
                std::uint64_t seed, const std::function<void(const std::string&)>& progress) {
  Figures out;
  out.swd.mean = NAN;
  for (const Metric& metric : kMetrics) {
    if (std::find(metrics.begin(), metrics.end(), metric.name) == metrics.end()) continue;
    if (progress) progress(metric.name);
    metric.compute({generated, real, seed, out});
  }
  return out;
}

}  // namespace facegan::evaluate
