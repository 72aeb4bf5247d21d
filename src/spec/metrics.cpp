#include "facegan/spec/metrics.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/text.h"

namespace facegan::spec {

const std::vector<MetricKey>& metrics() {
  static const std::vector<MetricKey> all = [] {
    std::vector<MetricKey> keys;
    for (std::size_t i = 0; i < kMetrics.size(); ++i) keys.emplace_back(i);
    return keys;
  }();
  return all;
}

const std::vector<MetricKey>& metrics_by_place() {
  static const std::vector<MetricKey> all = [] {
    std::vector<MetricKey> keys = metrics();
    std::stable_sort(keys.begin(), keys.end(),
                     [](MetricKey a, MetricKey b) { return a.facts().place < b.facts().place; });
    return keys;
  }();
  return all;
}

std::optional<MetricKey> find_metric(std::string_view key) {
  for (const MetricKey metric : metrics())
    if (metric.facts().key == key) return metric;
  return {};
}

bool is_better(const MetricFacts& metric, double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return !std::isnan(a);
  return metric.better == Better::lower ? a < b : metric.better == Better::higher && a > b;
}

std::string shown(const MetricFacts& metric, double value) {
  if (metric.shown == Shown::seconds) return core::human_seconds(value);
  return core::short_number(shown_value(metric, value)) + shown_unit(metric);
}

double shown_value(const MetricFacts& metric, double value) {
  return metric.shown == Shown::percent ? 100 * value : value;
}

const char* shown_unit(const MetricFacts& metric) {
  return metric.shown == Shown::percent ? "%" : "";
}

}  // namespace facegan::spec
