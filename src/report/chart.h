#pragma once
// Curves as inline SVG, with labels in HTML so that they stay readable at any width.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace facegan::report {

struct Point {
  double x, y;  // y may be not finite: a gap
};

struct Series {
  std::string name;
  std::vector<Point> points;  // x ascending
  int color = 0;              // of the page's palette: 0 to 7, further ones come round dashed
};

struct Chart {
  std::string title, note;    // note: what the curves mean, in a sentence
  std::string x_label, unit;  // unit: after each value, such as "%"
  std::vector<Series> series;
  std::optional<double> low, high;  // fixed ends of the y axis
  std::optional<double> reference;  // a level to compare with ...
  std::string reference_label;      // ... and its name
};

inline constexpr std::size_t kMaxPoints = 600;  // of one curve

// At most `max_points` (at least 4) of the points: the first, the last, and the lowest and highest of equally
// long stretches between them. A stretch without a finite value stays a gap.
std::vector<Point> downsample(const std::vector<Point>& points, std::size_t max_points);

// The means of `stretches` equally long stretches.
std::vector<Point> smoothed(const std::vector<Point>& points, std::size_t stretches);

// Round values from low to high, some `count` of them, and none outside.
std::vector<double> ticks(double low, double high, int count);

std::string chart_html(const Chart& chart);

}  // namespace facegan::report
