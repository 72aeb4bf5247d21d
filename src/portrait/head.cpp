// Backdrop, body, and the head: a relief of soft bumps under one lamp.
#include <cmath>

#include "portrait/scene.h"

namespace facegan::portrait {
namespace {

// A soft bump of the relief: its height is `height` * (1 - d^2)^2 over the spot.
struct Bump {
  Spot spot;
  float height;
};

// The relief of the face, in head coordinates; both sides where x != 0.
std::vector<Bump> relief(const Traits& t) {
  const float old = t.wrinkles, raise = t.cheekbones;
  const float nose = kNoseY + 0.04f * (t.nose_length - 1);
  const float wing = 0.048f * t.nose_width;
  std::vector<Bump> bumps = {
      {{{kEyeX, kEyeY - 0.010f}, 0.13f, 0.09f}, -0.028f},                           // eye socket
      {{{kEyeX - 0.01f, kBrowY - 0.01f}, 0.14f, 0.05f}, t.male ? 0.011f : 0.005f},  // brow ridge
      {{{0, 0.47f}, 0.066f * t.nose_width, 0.17f}, 0.030f},                         // nose, from root to tip
      {{{0, nose - 0.02f}, 0.066f * t.nose_width, 0.066f}, 0.034f + 0.012f * t.nose_tip},  // tip
      {{{wing, nose - 0.008f}, 0.038f, 0.038f}, 0.016f},                                   // wing
      {{{0.195f, 0.55f - 0.015f * raise}, 0.14f, 0.12f},
       0.020f + 0.022f * raise + 0.02f * t.chubby},                                  // cheek
      {{{0.215f, 0.68f}, 0.10f, 0.16f}, -0.012f * raise * (1 - t.chubby) - 0.004f},  // hollow below it
      {{{0, kMouthY - 0.005f}, 0.17f, 0.115f}, 0.024f},                              // around the mouth
      {{{0, 0.655f}, 0.024f, 0.045f}, -0.005f},                                      // philtrum
      {{{0, 0.785f}, 0.12f, 0.040f}, -0.010f},                                       // below the lip
      {{{0, kChinY - 0.04f + t.chin}, 0.10f, 0.07f}, 0.028f},                        // chin
      {{{0.045f, kChinY - 0.05f + t.chin}, 0.05f, 0.05f}, t.pointed < 0.3f ? 0.008f : 0.0f},  // square chin
      {{{0.135f, 0.635f}, 0.034f, 0.10f, -0.45f},
       -0.003f - 0.008f * upper(t.smile, 0) - 0.011f * old},                  // fold
      {{{kEyeX, kEyeY + 0.058f}, 0.09f, 0.036f}, -0.002f - 0.013f * t.bags},  // under the eye
      {{{0, 0.22f}, 0.24f, 0.13f}, 0.014f},                                   // forehead
  };
  if (old > 0.4f) {
    bumps.push_back({{{0, 0.245f}, 0.17f, 0.013f}, -0.003f * old});
    bumps.push_back({{{0, 0.205f}, 0.15f, 0.012f}, -0.003f * old});
  }
  return bumps;
}

// Gradient of the relief, added into gx and gy over the head.
void add_bump(Scene& scene, const Spot& spot, float height, float* x_slope, float* y_slope) {
  scene.painter.each_in(spot, [=](int i, float t, float u, float v, const Painter::SpotAxes& axes) {
    const float k = -4 * height * t;
    x_slope[i] += k * (u * axes.ux + v * axes.vx);
    y_slope[i] += k * (u * axes.uy + v * axes.vy);
  });
}

Path head_outline(const Scene& scene) {
  const Traits& t = scene.traits;
  const float w = t.width, jaw = t.jaw, chin = t.chin;
  const float tip = 0.055f + 0.025f * (1 - t.pointed) * (t.male ? 1.3f : 0.9f);
  const Path half = {{0, 0.035f},
                     {0.17f * w, 0.065f},
                     {0.285f * w, 0.17f},
                     {kHeadWidth * w, 0.33f},
                     {0.33f * w, 0.46f},
                     {0.312f * w * t.cheek, 0.58f},
                     {0.265f * w * jaw, 0.70f},
                     {0.185f * jaw, 0.80f + chin * 0.5f},
                     {0.10f * jaw, 0.862f + chin},
                     {tip * 0.6f, kChinY - 0.002f + chin}};
  Path path = half;
  for (std::size_t i = half.size(); i-- > 1;) path.push_back({-half[i].x, half[i].y});
  return scene.project(smooth(path, scene.steps));
}

void paint_ear(Scene& scene, float side) {
  const Traits& t = scene.traits;
  const Point centre = scene.project(side * kHeadWidth * 1.02f * t.width, 0.475f);
  Painter& painter = scene.painter;
  const Path path = ellipse({centre.x + side * 0.004f, centre.y}, 0.036f, 0.078f, 20);
  painter.fill(scene.shape, path);
  const float slope = side * 2.2f;
  const Color skin = t.skin * t.lamp * Color{0.98f, 0.86f, 0.84f};
  painter.paint(scene.shape, [=, lamp = scene.lamp](int, float x, float) {
    return skin * lamp(-slope * 0.4f - (x - centre.x) * 20, 0.3f);
  });
  painter.tint({{centre.x + side * 0.012f, centre.y}, 0.03f, 0.06f}, {0.55f, 0.42f, 0.4f}, &scene.shape);
}

}  // namespace

void paint_backdrop(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const float dx = std::cos(t.backdrop_angle), dy = std::sin(t.backdrop_angle);
  Mask& all = scene.shape;
  const Path square = {{-2, -2}, {2, -2}, {2, 3}, {-2, 3}};
  painter.fill(all, square);
  painter.paint(all, [=, a = t.backdrop_a, b = t.backdrop_b](int, float x, float y) {
    const float k = clamp01(0.5f + 0.8f * (x * dx + (y - 0.5f) * dy));
    return mix(a, b, k * k * (3 - 2 * k));
  });
  if (t.backdrop != Backdrop::blurred) return;
  for (std::size_t i = 0; i < t.backdrop_spots.size(); ++i) {
    const float k = t.backdrop_spot_light[i];
    painter.tint(t.backdrop_spots[i], {k, k, k});
  }
}

void paint_body(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const float neck = (t.male ? 0.215f : 0.175f) + 0.02f * t.chubby, lean = scene.project(0, 0.9f).x * 0.3f;
  const Path cloth = {{-0.75f, 1.3f},          {-0.62f, 1.01f}, {-0.38f, 0.95f},
                      {-neck - 0.01f, 0.905f}, {0, 1.01f},      {neck + 0.01f, 0.905f},
                      {0.38f, 0.95f},          {0.62f, 1.01f},  {0.75f, 1.3f}};
  const Path skin = {{-neck + lean, 0.62f}, {neck + lean, 0.62f},  {neck, 0.90f},
                     {neck + 0.09f, 1.3f},  {-neck - 0.09f, 1.3f}, {-neck, 0.90f}};
  painter.fill(scene.shape, skin);
  const Color shaded = t.skin * t.lamp * Color{0.92f, 0.86f, 0.84f};
  painter.paint(scene.shape,
                [=, lamp = scene.lamp](int, float x, float) { return shaded * lamp(-x * 5.5f, 0.25f); });
  const Point chin = scene.project(0, kChinY);
  painter.tint({{chin.x, chin.y - 0.02f}, 0.30f * t.jaw, 0.17f}, {0.28f, 0.22f, 0.22f}, &scene.shape);
  painter.tint({{chin.x, chin.y}, 0.42f, 0.25f}, {0.72f, 0.68f, 0.68f}, &scene.shape);
  painter.fill(scene.shape, smooth(cloth, scene.steps));
  painter.paint(scene.shape, [lamp = scene.lamp, color = t.cloth * t.lamp](int, float x, float y) {
    return color * lamp(-x * 1.6f, 0.5f - 3 * (y - 0.95f));
  });
  if (t.necktie) {
    const Path shirt = {{-neck, 0.875f},        {-neck - 0.05f, 0.935f}, {-0.09f, 1.06f}, {0.09f, 1.06f},
                        {neck + 0.05f, 0.935f}, {neck, 0.875f},          {0.03f, 0.955f}, {-0.03f, 0.955f}};
    const Path tie = {{-0.046f, 0.92f}, {0.046f, 0.92f}, {0.034f, 0.97f},
                      {0.06f, 1.2f},    {-0.06f, 1.2f},  {-0.034f, 0.97f}};
    painter.fill_with(shirt, t.collar * 0.9f);
    painter.fill_with(tie, t.hat_color * 0.8f);
  }
  if (t.necklace) {
    Path line;
    for (int i = -6; i <= 6; ++i) {
      const float k = static_cast<float>(i) / 6;
      line.push_back({k * (neck + 0.01f), 0.955f - 0.055f * k * k});
    }
    painter.fill_with(ribbon(line, std::vector<float>(line.size(), 0.013f)),
                      t.frame_round < 0.5f ? rgb(236, 204, 120) : rgb(235, 232, 228));
  }
}

void paint_head(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  if (!hair_is_long(t))
    for (const float side : {-1.0f, 1.0f}) paint_ear(scene, side);
  painter.fill(scene.head, head_outline(scene));

  // Slopes of the relief towards the viewer: the skull, then the bumps of the face.
  std::vector<float> gx(scene.light.size()), gy(scene.light.size());
  const float axis = scene.axis();
  const float per_width = 1 / (kHeadWidth * t.width);
  float* const x_slope = gx.data();
  float* const y_slope = gy.data();
  painter.each(scene.head.box, [=](int i, float x, float y) {
    const float u = (x - axis) * per_width, v = (y - kHeadMiddleY) / 0.46f;
    x_slope[i] = -1.05f * u * (0.45f + 0.75f * u * u);
    y_slope[i] = -0.75f * v * (0.35f + 0.65f * v * v);
  });
  for (const Bump& bump : relief(t)) {
    for (const float side : {1.0f, -1.0f}) {
      if (bump.spot.centre.x == 0 && side < 0) continue;
      const float x = side * bump.spot.centre.x;
      Spot spot = bump.spot;
      spot.centre = scene.project(x, spot.centre.y, upper(bump.height, 0) * (x == 0 ? 1.6f : 1.0f));
      spot.rx *= scene.foreshortening(x);
      spot.angle *= side;
      add_bump(scene, spot, bump.height, x_slope, y_slope);
    }
  }
  const float gloss = 0.05f + 0.045f * t.darkness;
  const Lamp lamp = scene.lamp;
  // Halfway between the lamp and the viewer (0, 0, 1).
  const float norm = 1 / std::sqrt(lamp.x * lamp.x + lamp.y * lamp.y + (lamp.z + 1) * (lamp.z + 1));
  const float hx = lamp.x * norm, hy = lamp.y * norm, hz = (lamp.z + 1) * norm;
  const Color skin = t.skin * t.lamp;
  float* const light = scene.light.data();
  painter.paint(scene.head, [=](int i, float, float) {
    const float sx = x_slope[i], sy = y_slope[i], brightness = lamp(sx, sy);
    light[i] = brightness;
    const float n = upper((hz - sx * hx - sy * hy) / std::sqrt(1 + sx * sx + sy * sy), 0);
    const float n4 = n * n * n * n, n16 = n4 * n4 * n4 * n4;
    // Light that has gone through the skin comes out red: shadows are warmer than the lit side.
    const float dim = upper(1 - brightness, 0);
    const Color base = skin * brightness * Color{1 + 0.18f * dim, 1 - 0.06f * dim, 1 - 0.10f * dim};
    const float shine = gloss * n16;
    return Color{base.r + shine, base.g + shine * 0.95f, base.b + shine * 0.9f};
  });

  // Colour of its own: blood in cheeks, nose and ears, yellow forehead, blue where beards are shaved.
  const float pink = (0.09f + 0.30f * t.rosy + 0.08f * t.makeup) * (1 - 0.6f * t.darkness);
  for (const float side : {-1.0f, 1.0f}) {
    painter.tint({scene.project(side * 0.20f, 0.565f), 0.13f, 0.10f}, {1, 1 - pink, 1 - pink * 0.85f},
                 &scene.head);
    painter.tint({scene.project(side * kEyeX, kEyeY - 0.02f), 0.11f, 0.075f}, {0.90f, 0.82f, 0.80f},
                 &scene.head);
    if (t.bags > 0.5f)
      painter.tint({scene.project(side * kEyeX, kEyeY + 0.05f), 0.08f, 0.03f}, {0.74f, 0.64f, 0.68f},
                   &scene.head);
  }
  painter.tint({scene.project(0, kNoseY - 0.02f, 0.05f), 0.07f, 0.06f},
               {1, 1 - 0.10f * (1 - t.darkness), 1 - 0.11f * (1 - t.darkness)}, &scene.head);
  painter.tint({scene.project(0, 0.22f), 0.26f, 0.14f}, {1.02f, 1.0f, 0.93f}, &scene.head);
  if (t.double_chin)
    painter.tint({scene.project(0, kChinY - 0.012f + t.chin), 0.15f, 0.02f}, {0.7f, 0.6f, 0.58f},
                 &scene.head);
}

}  // namespace facegan::portrait
