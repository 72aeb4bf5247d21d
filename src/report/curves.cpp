#include "report/curves.h"

namespace facegan::report {

Chart empty_chart(const spec::ChartFacts& facts, const std::string& x_label) {
  return {.title = facts.title,
          .note = facts.note,
          .x_label = x_label,
          .low = facts.low,
          .high = facts.high,
          .reference = facts.reference,
          .reference_label = facts.reference_label};
}

std::vector<Point> curve(const std::vector<Metrics>& lines, spec::MetricKey metric,
                         const std::function<double(const Metrics&)>& x) {
  std::vector<Point> points;
  points.reserve(lines.size());
  for (const Metrics& m : lines)
    if (m.has(metric)) points.push_back({x(m), spec::shown_value(metric.facts(), m[metric])});
  return points;
}

std::optional<std::string> last_value(const std::vector<Metrics>& lines, spec::MetricKey metric) {
  for (auto m = lines.rbegin(); m != lines.rend(); ++m)
    if (m->has(metric)) return spec::shown(metric.facts(), (*m)[metric]);
  return {};
}

}  // namespace facegan::report
