#include "portrait/paint.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace facegan::portrait {

Path smooth(const Path& points, int steps) {
  const std::size_t n = points.size();
  Path path;
  path.reserve(n * steps);
  for (std::size_t i = 0; i < n; ++i) {
    const Point a = points[(i + n - 1) % n], b = points[i], c = points[(i + 1) % n], d = points[(i + 2) % n];
    for (int k = 0; k < steps; ++k) {
      const float t = static_cast<float>(k) / static_cast<float>(steps);
      const auto at = [t](float p, float q, float r, float s) {
        return q + 0.5f * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
      };
      path.push_back({at(a.x, b.x, c.x, d.x), at(a.y, b.y, c.y, d.y)});
    }
  }
  return path;
}

Path ribbon(const Path& points, const std::vector<float>& widths) {
  const std::size_t n = points.size();
  Path path(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    const Point a = points[i == 0 ? 0 : i - 1], b = points[i + 1 == n ? i : i + 1];
    const float dx = b.x - a.x, dy = b.y - a.y;
    const float half = 0.5f * widths[i] / std::sqrt(dx * dx + dy * dy + 1e-12f);
    path[i] = {points[i].x - dy * half, points[i].y + dx * half};
    path[2 * n - 1 - i] = {points[i].x + dy * half, points[i].y - dx * half};
  }
  return path;
}

Path ellipse(Point centre, float rx, float ry, int corners) {
  Path path;
  path.reserve(corners);
  for (int i = 0; i < corners; ++i) {
    const float angle = static_cast<float>(2 * std::numbers::pi * i / corners);
    path.push_back({centre.x + rx * std::cos(angle), centre.y + ry * std::sin(angle)});
  }
  return path;
}

Path mirrored(const Path& path) {
  Path other(path.rbegin(), path.rend());
  for (Point& p : other) p.x = -p.x;
  return other;
}

Painter::SpotAxes::SpotAxes(const Spot& spot) {
  const float c = std::cos(spot.angle), s = std::sin(spot.angle);
  ux = c / spot.rx, uy = s / spot.rx, vx = -s / spot.ry, vy = c / spot.ry;
}

Painter::Painter(int size, const Pose2d& pose)
    : size_(size),
      pixel_(1 / (static_cast<float>(size) * pose.scale)),
      red_(static_cast<std::size_t>(size) * size),
      green_(red_.size()),
      blue_(red_.size()),
      edges_(static_cast<std::size_t>(size) * (size + 2)) {
  const float c = std::cos(pose.roll), s = std::sin(pose.roll);
  const float k = static_cast<float>(size) * pose.scale;
  // pixel = k * R * (view - pivot) + size * (pivot + (0.5, 0) + shift)
  const float ox = static_cast<float>(size) * (pose.pivot.x + 0.5f + pose.shift.x);
  const float oy = static_cast<float>(size) * (pose.pivot.y + pose.shift.y);
  const Point p = pose.pivot;
  const float forward[6] = {k * c, -k * s, ox - k * (c * p.x - s * p.y),
                            k * s, k * c,  oy - k * (s * p.x + c * p.y)};
  std::copy(forward, forward + 6, to_pixel_);
  const float back[6] = {c / k,  s / k, p.x - (c * ox + s * oy) / k,
                         -s / k, c / k, p.y - (c * oy - s * ox) / k};
  std::copy(back, back + 6, to_view_);
  scratch_ = mask();
}

// Adds one edge to edges_: the sum from the left over a row becomes the coverage of its pixels.
void Painter::add_edge(Point a, Point b) {
  if (a.y == b.y) return;
  const float sign = a.y < b.y ? 1.0f : -1.0f;
  if (a.y > b.y) std::swap(a, b);
  const float limit = static_cast<float>(size_), slope = (b.x - a.x) / (b.y - a.y);
  const float top = upper(a.y, 0), bottom = lower(b.y, limit);
  for (int row = static_cast<int>(top); static_cast<float>(row) < bottom; ++row) {
    const float ya = upper(top, static_cast<float>(row)), yb = lower(bottom, static_cast<float>(row + 1));
    const float area = sign * (yb - ya);
    float xa = lower(upper(a.x + slope * (ya - a.y), 0), limit);
    float xb = lower(upper(a.x + slope * (yb - a.y), 0), limit);
    if (xa > xb) std::swap(xa, xb);
    float* out = edges_.data() + static_cast<std::size_t>(row) * (size_ + 2);
    const int first = static_cast<int>(xa), last = static_cast<int>(std::ceil(xb));
    if (last <= first + 1) {
      const float inside = 0.5f * (xa + xb) - static_cast<float>(first);
      out[first] += area * (1 - inside);
      out[first + 1] += area * inside;
      continue;
    }
    // Covered part of the area to the left of each pixel border, by integrating along the edge.
    const float width = xb - xa;
    float before = 0;
    for (int column = first; column < last; ++column) {
      const float from = upper(xa, static_cast<float>(column)),
                  to = lower(xb, static_cast<float>(column + 1));
      const float share = area * (to - from) / width;
      const float inside = 0.5f * (from + to) - static_cast<float>(column);
      out[column] += before + share * (1 - inside);
      before = share * inside;
    }
    out[last] += before;
  }
}

void Painter::fill(Mask& mask, std::initializer_list<const Path*> paths) {
  for (int row = mask.box.y0; row < mask.box.y1; ++row)
    std::fill_n(mask.coverage.begin() + row * size_ + mask.box.x0, mask.box.x1 - mask.box.x0, 0.0f);
  const float limit = static_cast<float>(size_);
  float x0 = limit, y0 = limit, x1 = 0, y1 = 0;
  for (const Path* path : paths) {
    if (path->empty()) continue;
    Point previous = to_pixel(path->back());
    for (const Point& point : *path) {
      const Point p = to_pixel(point);
      add_edge(previous, p);
      x0 = lower(x0, p.x), x1 = upper(x1, p.x), y0 = lower(y0, p.y), y1 = upper(y1, p.y);
      previous = p;
    }
  }
  x0 = upper(x0, 0), y0 = upper(y0, 0);
  mask.box = {static_cast<int>(x0), static_cast<int>(y0), static_cast<int>(std::ceil(lower(x1, limit))),
              static_cast<int>(std::ceil(lower(y1, limit)))};
  Extent& box = mask.box;
  if (box.x1 <= box.x0 || box.y1 <= box.y0) box = {};
  for (int row = static_cast<int>(y0); row < static_cast<int>(std::ceil(lower(y1, limit))); ++row) {
    float* in = edges_.data() + static_cast<std::size_t>(row) * (size_ + 2);
    float* out = mask.coverage.data() + static_cast<std::size_t>(row) * size_;
    float sum = 0;
    for (int column = box.x0; column < box.x1; ++column) {
      sum += in[column];
      out[column] = lower(std::fabs(sum), 1.0f);
    }
    std::fill_n(in, size_ + 2, 0.0f);
  }
}

// One pass of a running mean over rows and columns; what lies outside the box counts as its rim.
void Painter::box_blur(float* plane, const Extent& box, int radius) {
  const auto pass = [&](float* start, int count, int step) {
    line_.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) line_[i] = start[static_cast<std::ptrdiff_t>(i) * step];
    const auto at = [&](int i) { return line_[std::clamp(i, 0, count - 1)]; };
    float sum = 0;
    for (int i = -radius; i <= radius; ++i) sum += at(i);
    const float scale = 1 / static_cast<float>(2 * radius + 1);
    for (int i = 0; i < count; ++i) {
      start[static_cast<std::ptrdiff_t>(i) * step] = sum * scale;
      sum += at(i + radius + 1) - at(i - radius);
    }
  };
  for (int row = box.y0; row < box.y1; ++row) pass(plane + row * size_ + box.x0, box.x1 - box.x0, 1);
  for (int column = box.x0; column < box.x1; ++column)
    pass(plane + box.y0 * size_ + column, box.y1 - box.y0, size_);
}

void Painter::soften(Mask& mask, float radius) {
  const int pixels = static_cast<int>(std::lround(0.5f * radius / pixel_));
  if (pixels < 1 || mask.box.x1 == 0) return;
  Extent& box = mask.box;
  const int reach = 2 * pixels;
  box = {std::max(box.x0 - reach, 0), std::max(box.y0 - reach, 0), std::min(box.x1 + reach, size_),
         std::min(box.y1 + reach, size_)};
  for (int round = 0; round < 2; ++round) box_blur(mask.coverage.data(), box, pixels);
}

void Painter::fill_with(const Path& path, Color color, float opacity) {
  fill(scratch_, path);
  paint(
      scratch_, [=](int, float, float) { return color; }, opacity);
}

void Painter::tint(const Spot& spot, Color factor, const Mask* clip) {
  const Color less = {factor.r - 1, factor.g - 1, factor.b - 1};
  const auto multiply = [=, red = red_.data(), green = green_.data(), blue = blue_.data()](int i,
                                                                                           float strength) {
    red[i] *= 1 + less.r * strength;
    green[i] *= 1 + less.g * strength;
    blue[i] *= 1 + less.b * strength;
  };
  if (clip)
    each_in(spot, [=, cover = clip->coverage.data()](int i, float t, float, float, const SpotAxes&) {
      multiply(i, t * t * cover[i]);
    });
  else
    each_in(spot, [=](int i, float t, float, float, const SpotAxes&) { multiply(i, t * t); });
}

Extent Painter::bounds(const Spot& spot) const {
  const float c = std::cos(spot.angle), s = std::sin(spot.angle);
  // Half extents of the turned ellipse in view units; the roll is small, so add both directions.
  const float ex = std::sqrt(spot.rx * spot.rx * c * c + spot.ry * spot.ry * s * s);
  const float ey = std::sqrt(spot.rx * spot.rx * s * s + spot.ry * spot.ry * c * c);
  const float wx = std::fabs(to_pixel_[0]) * ex + std::fabs(to_pixel_[1]) * ey;
  const float wy = std::fabs(to_pixel_[3]) * ex + std::fabs(to_pixel_[4]) * ey;
  const Point p = to_pixel(spot.centre);
  const float limit = static_cast<float>(size_);
  const auto inside = [&](float x) { return static_cast<int>(lower(upper(x, 0), limit)); };
  return {inside(p.x - wx), inside(p.y - wy), inside(p.x + wx + 1), inside(p.y + wy + 1)};
}

void Painter::blur(float radius) {
  const int pixels = static_cast<int>(std::lround(0.5f * radius / pixel_));
  if (pixels < 1) return;
  for (int round = 0; round < 2; ++round)
    for (auto* plane : {&red_, &green_, &blue_}) box_blur(plane->data(), everything(), pixels);
}

image::Image Painter::finish(int channels) const {
  image::Image image(size_, size_, channels);
  unsigned char* out = image.pixels.data();
  const int count = size_ * size_;
  const auto encode = [](float x) { return 255 * std::sqrt(clamp01(x)); };
  const auto byte = [](float x) { return static_cast<unsigned char>(static_cast<int>(x + 0.5f)); };
  for (int i = 0; i < count; ++i) {
    const float r = encode(red_[i]), g = encode(green_[i]), b = encode(blue_[i]);
    if (channels == 1) {
      out[i] = byte(0.299f * r + 0.587f * g + 0.114f * b);
    } else {
      out[3 * i] = byte(r);
      out[3 * i + 1] = byte(g);
      out[3 * i + 2] = byte(b);
    }
  }
  return image;
}

}  // namespace facegan::portrait
