#include "report/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "facegan/core/text.h"
#include "report/html.h"

namespace facegan::report {
namespace {

using core::short_number;
using core::str;

constexpr std::size_t kStretches = 80;  // of a smoothed curve
constexpr double kSide = 10000;         // of the drawing, which the page stretches to the place it has

struct Range {
  double low, high;
};

Range x_range(const Chart& chart) {
  Range range{HUGE_VAL, -HUGE_VAL};
  for (const Series& series : chart.series)
    for (const Point& p : series.points)
      range.low = std::min(range.low, p.x), range.high = std::max(range.high, p.x);
  if (!(range.low <= range.high)) return {0, 1};
  if (range.low == range.high) return {std::min(0.0, range.low - 0.5), std::max(2 * range.high, 0.5)};
  return range;
}

// Of the values without the few that would flatten all others. `cut`: the highest value, when it is outside.
Range y_range(const Chart& chart, std::optional<double>& cut) {
  std::vector<double> values;
  for (const Series& series : chart.series)
    for (const Point& p : series.points)
      if (std::isfinite(p.y)) values.push_back(p.y);
  Range range{0, 1};
  if (!values.empty()) {
    std::sort(values.begin(), values.end());
    const double usual = values[(values.size() - 1) * 98 / 100], top = values.back();
    range = {std::min(values.front(), 0.0), top};
    if (values.size() >= 50 && usual > 0 && top > 3 * usual && !chart.high)
      cut = top, range.high = 1.5 * usual;
  }
  if (chart.low) range.low = *chart.low;
  if (chart.high) range.high = *chart.high;
  if (!(range.high > range.low)) range.high = range.low + 1;
  if (!chart.high) range.high += 0.05 * (range.high - range.low);  // air above the curve
  if (!std::isfinite(range.high - range.low)) range = {-1e300, 1e300};
  return range;
}

// "M0,120L40,99": a gap begins a new stroke, a single point is a stroke without length.
std::string path_of(const std::vector<Point>& points, const Range& x, const Range& y) {
  std::string out;
  bool pen_down = false;
  for (const Point& p : points) {
    if (!std::isfinite(p.y)) {
      pen_down = false;
      continue;
    }
    const double across = kSide * ((p.x - x.low) / (x.high - x.low));
    // What is cut stays its true height for the script, but within what browsers draw well.
    const double down = std::clamp(kSide * ((y.high - p.y) / (y.high - y.low)), -1e6, 1e6);
    out += str(pen_down ? "L" : "M", std::llround(across), ",", std::llround(down), pen_down ? "" : "h0");
    pen_down = true;
  }
  return out;
}

std::string percent(double share) {
  char out[32];
  std::snprintf(out, sizeof out, "%.2f%%", 100 * share);
  return out;
}

std::string axis_labels(const Chart& chart, const Range& x, const Range& y) {
  std::string out;
  for (const double tick : ticks(y.low, y.high, 5))
    out += str("<span class=\"y\" style=\"top:", percent((y.high - tick) / (y.high - y.low)), "\">",
               short_number(tick), core::escape_html(chart.unit), "</span>");
  for (const double tick : ticks(x.low, x.high, 6))
    out += str("<span class=\"x\" style=\"left:", percent((tick - x.low) / (x.high - x.low)), "\">",
               short_number(tick), "</span>");
  return out;
}

std::string grid_lines(const Range& y) {
  std::string path;
  for (const double tick : ticks(y.low, y.high, 5))
    path += str("M0,", std::llround(kSide * (y.high - tick) / (y.high - y.low)), "H", kSide);
  return str("<path class=\"lines\" d=\"", path, "\"/>");
}

double last_finite(const Series& series) {
  for (auto p = series.points.rbegin(); p != series.points.rend(); ++p)
    if (std::isfinite(p->y)) return p->y;
  return std::nan("");
}

std::string class_of(const Series& series) {
  return str("c", series.color % 8, series.color >= 8 ? " dashed" : "");
}

// What a screen reader says of the picture.
std::string summary(const Chart& chart) {
  std::vector<std::string> parts;
  for (const Series& series : chart.series) {
    if (series.points.empty()) continue;
    const auto value = [&](double y) { return short_number(y) + chart.unit; };
    parts.push_back(
        str(series.name, " from ", value(series.points.front().y), " to ", value(last_finite(series))));
  }
  return str(chart.title, ": ", parts.empty() ? "no numbers yet" : core::join(parts, ", "));
}

}  // namespace

std::vector<Point> downsample(const std::vector<Point>& points, std::size_t max_points) {
  if (points.size() <= max_points || max_points < 4) return points;
  const std::size_t inner = points.size() - 2, stretches = (max_points - 2) / 2;
  std::vector<Point> kept = {points.front()};
  for (std::size_t i = 0; i < stretches; ++i) {
    const auto begin = points.begin() + 1 + static_cast<std::ptrdiff_t>(inner * i / stretches),
               end = points.begin() + 1 + static_cast<std::ptrdiff_t>(inner * (i + 1) / stretches);
    auto low = end, high = end;
    for (auto p = begin; p != end; ++p) {
      if (!std::isfinite(p->y)) continue;
      if (low == end || p->y < low->y) low = p;
      if (high == end || p->y > high->y) high = p;
    }
    if (low == end) {
      if (begin != end) kept.push_back(*begin);
      continue;
    }
    kept.push_back(*std::min(low, high));
    if (low != high) kept.push_back(*std::max(low, high));
  }
  kept.push_back(points.back());
  return kept;
}

std::vector<Point> smoothed(const std::vector<Point>& points, std::size_t stretches) {
  std::vector<Point> means;
  for (std::size_t i = 0; i < stretches; ++i) {
    Point sum{0, 0};
    std::size_t count = 0;
    for (std::size_t k = points.size() * i / stretches; k < points.size() * (i + 1) / stretches; ++k)
      if (std::isfinite(points[k].y)) sum.x += points[k].x, sum.y += points[k].y, ++count;
    const auto n = static_cast<double>(count);
    if (count > 0) means.push_back({sum.x / n, sum.y / n});
  }
  return means;
}

std::vector<double> ticks(double low, double high, int count) {
  const double rough = (high - low) / count;
  if (!(rough > 0) || !std::isfinite(rough)) return {};
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= rough * 0.999) step = factor * power;
  std::vector<double> out;
  const double slack = step * 1e-6;
  for (double i = std::ceil((low - slack) / step); i * step <= high + slack && out.size() < 32; ++i)
    out.push_back(i == 0 ? 0 : i * step);
  return out;
}

std::string chart_html(const Chart& chart) {
  const Range x = x_range(chart);
  std::optional<double> cut;
  const Range y = y_range(chart, cut);
  std::string lines, legend;
  for (const Series& series : chart.series) {
    const std::string name = core::escape_html(series.name);
    const bool noisy = series.points.size() > 2 * kStretches;  // then its course is drawn over it
    lines += str("<path class=\"line ", class_of(series), noisy ? " faint" : "", "\" data-name=\"", name,
                 "\" d=\"", path_of(downsample(series.points, kMaxPoints), x, y), "\"/>");
    if (noisy)
      lines += str("<path class=\"trend ", class_of(series), "\" d=\"",
                   path_of(smoothed(series.points, kStretches), x, y), "\"/>");
    legend += str("<li class=\"", class_of(series), "\">", name, " <b>", short_number(last_finite(series)),
                  core::escape_html(chart.unit), "</b></li>");
  }
  if (chart.reference) {
    lines += str("<path class=\"reference\" d=\"M0,",
                 std::llround(kSide * (y.high - *chart.reference) / (y.high - y.low)), "H", kSide, "\"/>");
    legend += str("<li class=\"reference\">", core::escape_html(chart.reference_label), "</li>");
  }
  std::string note = core::escape_html(chart.note);
  if (cut) note += str(note.empty() ? "" : " ", "Peaks of up to ", short_number(*cut), " are cut off.");
  return str("<figure class=\"chart\"><figcaption>", core::escape_html(chart.title),
             "</figcaption>\n<ul class=\"legend\">", legend,
             "</ul>\n<div class=\"plot\" role=\"img\" aria-label=\"", core::escape_html(summary(chart)),
             "\" data-x0=\"", core::number_text(x.low), "\" data-x1=\"", core::number_text(x.high),
             "\" data-y0=\"", core::number_text(y.low), "\" data-y1=\"", core::number_text(y.high),
             "\" data-x=\"", core::escape_html(chart.x_label), "\" data-unit=\"",
             core::escape_html(chart.unit), "\"><svg viewBox=\"0 0 ", kSide, " ", kSide,
             "\" preserveAspectRatio=\"none\" aria-hidden=\"true\">", grid_lines(y), lines, "</svg>",
             axis_labels(chart, x, y), "</div>\n<p class=\"axis\">", core::escape_html(chart.x_label), "</p>",
             note.empty() ? "" : "<p class=\"note\">" + note + "</p>", "</figure>\n");
}

}  // namespace facegan::report
