#pragma once
// The metrics of a run's lines on a page, as the tables of spec/metrics.h describe them.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "facegan/run/metrics.h"
#include "report/chart.h"

namespace facegan::report {

using run::Metrics;

// Without curves and unit.
Chart empty_chart(const spec::ChartFacts& facts, const std::string& x_label);

// A point for each line that has the metric: it may stand in few of them. `x`: where a line lies.
std::vector<Point> curve(const std::vector<Metrics>& lines, spec::MetricKey metric,
                         const std::function<double(const Metrics&)>& x);

// The newest value; nothing when no line has one.
std::optional<std::string> last_value(const std::vector<Metrics>& lines, spec::MetricKey metric);

}  // namespace facegan::report
