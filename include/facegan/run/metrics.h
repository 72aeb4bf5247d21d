#pragma once
// The numbers of a run, and the lines of its metrics.jsonl.
#include <array>
#include <bitset>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facegan/core/inside.h"
#include "facegan/spec/metrics.h"

namespace facegan::run {

// A line of metrics.jsonl: where training is, and the metrics that were computed there, means since the last
// line. Those that were not are absent, which is not the same as NaN.
struct Metrics {
  std::int64_t step = 0, epoch = 0;  // steps done; epoch from 1
  std::int64_t images = 0;           // training pictures seen so far
  std::vector<std::string> signs;    // names of those that the health watch saw first here

  // NaN where there is none.
  double operator[](spec::MetricKey metric) const { return has(metric) ? values_[metric.index()] : NAN; }
  bool has(spec::MetricKey metric) const { return there_[metric.index()]; }
  void set(spec::MetricKey metric, double value) {
    values_[metric.index()] = value;
    there_.set(metric.index());
  }

 private:
  std::array<double, spec::kMetrics.size()> values_{};
  std::bitset<spec::kMetrics.size()> there_;
};

// As it reads back: values that are measured by the clock have no more digits than a line keeps.
Metrics as_stored(Metrics metrics);
// The JSON line of metrics.jsonl, without line break; numbers that are not finite become the strings
// "NaN", "Infinity" and "-Infinity".
std::string metrics_json(const Metrics& metrics);
// Longer lines are none of facegan's.
inline constexpr std::size_t kMaxMetricsLine = 4096;

// Such a line read; nothing for one that is no line of metrics. What an earlier version did not write has the
// value of the key that stands in for it.
std::optional<Metrics> parse_metrics(std::string_view line);

// The rows as metrics.csv: a line of the keys that any of them has, then those of metrics.jsonl with the same
// texts.
std::string metrics_csv(const std::vector<Metrics>& rows);

// The last whole line with a step, among the last 64 KiB; counts that it lacks are 0. Nothing when there is
// no such line, or no such file.
std::optional<Metrics> last_metrics(const core::Inside& file);

}  // namespace facegan::run
