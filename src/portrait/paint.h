#pragma once
// The paint box of the portraits: shapes in view coordinates, filled with exact area coverage.
//
// View coordinates: x from -0.5 to 0.5 about the axis of the face, y from 0 (top) to 1, both in
// picture sizes and before the head is turned in the picture plane. Colours are linear light.
#include <initializer_list>
#include <vector>

#include "facegan/image/image.h"

namespace facegan::portrait {

struct Point {
  float x = 0, y = 0;
};
using Path = std::vector<Point>;

struct Color {
  float r = 0, g = 0, b = 0;
};
inline Color operator*(Color a, float s) {
  return {a.r * s, a.g * s, a.b * s};
}
inline Color operator*(Color a, Color b) {
  return {a.r * b.r, a.g * b.g, a.b * b.b};
}
inline Color operator+(Color a, Color b) {
  return {a.r + b.r, a.g + b.g, a.b + b.b};
}
inline Color mix(Color a, Color b, float t) {
  return a * (1 - t) + b * t;
}
// 0..255 as painters name colours (gamma 2) -> linear light.
inline Color rgb(float r, float g, float b) {
  return {r * r / 65025, g * g / 65025, b * b / 65025};
}

// Written so that compilers turn them into one instruction.
inline float lower(float a, float b) {
  return a < b ? a : b;
}
inline float upper(float a, float b) {
  return a > b ? a : b;
}
inline float clamp01(float x) {
  return lower(upper(x, 0.0f), 1.0f);
}
// A smooth periodic wave of period 1 between -1 and 1, without libm.
inline float wave(float x) {
  const float t = x - static_cast<float>(static_cast<int>(x + 4096) - 4096) - 0.5f;  // [-0.5, 0.5)
  return 8 * t * (1 - 2 * (t < 0 ? -t : t));
}

// A closed smooth curve through the points (Catmull-Rom).
Path smooth(const Path& points, int steps);
// A stroke along points, with a width at each (0 makes a tip).
Path ribbon(const Path& points, const std::vector<float>& widths);
Path ellipse(Point centre, float rx, float ry, int corners = 32);
// The left of a shape that is given by its right half.
Path mirrored(const Path& path);

// A soft round spot: 1 in the middle, 0 at the rim, (1 - d^2)^2 between.
struct Spot {
  Point centre;
  float rx, ry;
  float angle = 0;  // radians, clockwise
};

// Pixel bounds, half open.
struct Extent {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

// Coverage of every pixel, 0..1; zero outside the box.
struct Mask {
  Extent box;
  std::vector<float> coverage;  // [size * size]
};

// How the view lies in the picture.
struct Pose2d {
  Point pivot;  // view point about which the picture is turned
  float roll = 0, scale = 1;
  Point shift;  // in picture sizes
};

class Painter {
 public:
  Painter(int size, const Pose2d& pose);

  int size() const { return size_; }
  float pixel() const { return pixel_; }  // the side of a pixel, in view units

  Mask mask() const { return {{}, std::vector<float>(static_cast<std::size_t>(size_) * size_)}; }
  // mask = the path (even where it overlaps itself the coverage stays at most 1).
  void fill(Mask& mask, std::initializer_list<const Path*> paths);
  void fill(Mask& mask, const Path& path) { fill(mask, {&path}); }
  // Softens a mask by about `radius` view units.
  void soften(Mask& mask, float radius);

  // colour_at(i, x, y) -> Colour of pixel i at view position (x, y), laid over what is there.
  template <class F>
  void paint(const Mask& mask, F color_at, float opacity = 1) {
    each(mask.box, [=, cover = mask.coverage.data(), red = red_.data(), green = green_.data(),
                    blue = blue_.data()](int i, float x, float y) {
      const float a = cover[i] * opacity;
      const Color c = color_at(i, x, y);
      red[i] += a * (c.r - red[i]);
      green[i] += a * (c.g - green[i]);
      blue[i] += a * (c.b - blue[i]);
    });
  }
  void fill_with(const Path& path, Color color, float opacity = 1);
  // Multiplies by `factor` in a spot, only where `clip` covers.
  void tint(const Spot& spot, Color factor, const Mask* clip = nullptr);

  // visit(i, x, y) for every pixel of the box.
  template <class F>
  void each(const Extent& box, F visit) {
    for (int row = box.y0; row < box.y1; ++row) {
      const float py = static_cast<float>(row) + 0.5f;
      const float x0 = to_view_[2] + to_view_[1] * py, y0 = to_view_[5] + to_view_[4] * py;
      const float dx = to_view_[0], dy = to_view_[3];
      const int base = row * size_;
      for (int column = box.x0; column < box.x1; ++column) {
        const float px = static_cast<float>(column) + 0.5f;
        visit(base + column, x0 + dx * px, y0 + dy * px);
      }
    }
  }
  Extent bounds(const Spot& spot) const;
  Extent everything() const { return {0, 0, size_, size_}; }

  // visit(i, t, x, y): t is the strength of the spot at pixel i.
  template <class F>
  void each_in(const Spot& spot, F visit) {
    const SpotAxes axes(spot);
    each(bounds(spot), [=, c = spot.centre](int i, float x, float y) {
      const float u = axes.ux * (x - c.x) + axes.uy * (y - c.y);
      const float v = axes.vx * (x - c.x) + axes.vy * (y - c.y);
      const float t = upper(1 - u * u - v * v, 0.0f);
      visit(i, t, u, v, axes);
    });
  }
  struct SpotAxes {  // view offset -> units of the radii
    explicit SpotAxes(const Spot& spot);
    float ux, uy, vx, vy;
  };

  // Softens the finished picture (out of focus).
  void blur(float radius);
  image::Image finish(int channels) const;

 private:
  Point to_pixel(Point p) const {
    return {to_pixel_[0] * p.x + to_pixel_[1] * p.y + to_pixel_[2],
            to_pixel_[3] * p.x + to_pixel_[4] * p.y + to_pixel_[5]};
  }
  void add_edge(Point a, Point b);
  void box_blur(float* plane, const Extent& box, int radius);

  int size_;
  float pixel_;
  float to_pixel_[6], to_view_[6];         // 2 x 3 affine maps
  std::vector<float> red_, green_, blue_;  // [size * size], linear light
  std::vector<float> edges_;               // [size, size + 2], signed area steps; zero between fills
  std::vector<float> line_;                // scratch of box_blur
  Mask scratch_;
};

}  // namespace facegan::portrait
