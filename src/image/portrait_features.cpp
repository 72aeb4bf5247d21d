// Eyes, brows, nose, mouth, beards.
#include <cmath>

#include "image/portrait_scene.h"

namespace facegan::image::portrait {
namespace {

void paint_eye(Scene& scene, float side) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const float half = 0.069f * t.eye_size, up = 0.036f * t.eye_open, down = 0.022f * t.eye_open * (1 - 0.25f * upper(t.smile, 0));
  // From the inner corner over the upper lid to the outer corner, and back below. x: outward.
  const auto at = [&](float x, float y) { return scene.project(side * (kEyeX + x), kEyeY + y, 0.005f); };
  const float outer = -t.eye_tilt;
  const Path lid = {at(-half, 0.008f),          at(-half * 0.72f, -up * 0.45f),         at(-half * 0.35f, -up * 0.88f),
                    at(0.03f * half, -up),      at(half * 0.42f, -up * 0.86f + outer * 0.4f),
                    at(half * 0.78f, -up * 0.46f + outer * 0.8f), at(half * 1.03f, 0.002f + outer)};
  Path eye = lid;
  eye.push_back(at(half * 0.6f, down * 0.72f));
  eye.push_back(at(0.05f * half, down));
  eye.push_back(at(-half * 0.5f, down * 0.75f));
  painter.fill(scene.shape, smooth(eye, scene.steps));

  const float wide = scene.foreshortening(side * kEyeX);
  const Point iris = scene.project(side * kEyeX + 0.16f * t.gaze - 0.012f * t.yaw * 2, kEyeY - 0.006f, 0.005f);
  const float radius = 0.0365f * t.eye_size, sharp = 1 / painter.pixel();
  const float pupil = radius * 0.45f;
  const Colour rim = t.iris * 0.22f;
  const Point glint = {iris.x + 0.012f * (t.light.x > 0 ? 1.0f : -1.0f), iris.y - 0.013f};
  painter.paint(scene.shape, [&](int i, float x, float y) {
    const float dx = (x - iris.x) / wide, dy = y - iris.y;
    const float d = std::sqrt(dx * dx + dy * dy);
    // The ball is round, and the upper lid throws a shadow on it.
    const float depth = clamp01((y - kEyeY + up) / (up + down));
    const float lit = lower(scene.light[i] * 1.15f, 1.0f) * (0.50f + 0.50f * lower(depth * 2.0f, 1.0f)) *
                      (1 - 55 * (x - iris.x) * (x - iris.x));
    Colour c = rgb(240, 236, 232) * (0.97f * lit);
    const Colour glow = t.iris * (0.75f + 0.9f * depth);
    c = mix(c, rim, clamp01((radius - d) * sharp + 0.5f));
    c = mix(c, glow, clamp01((radius * 0.87f - d) * lower(sharp, 130) + 0.5f));
    c = mix(c, rgb(12, 10, 10), clamp01((pupil - d) * sharp + 0.5f));
    const float gx = x - glint.x, gy = y - glint.y;
    return mix(c, rgb(252, 252, 252), clamp01((0.0085f - std::sqrt(gx * gx + gy * gy)) * sharp + 0.5f) * 0.9f);
  });

  // Lashes along the upper lid, a fine line below, and the crease of the lid.
  const float lash = 0.012f + 0.008f * t.makeup - (t.male ? 0.003f : 0.0f);
  const Colour ink = mix(rgb(38, 26, 22), rgb(14, 11, 12), t.makeup);
  painter.fill_with(ribbon(lid, {0.003f, lash * 0.7f, lash, lash, lash * 1.05f, lash * 1.1f, 0.004f}), ink, 0.9f);
  Path crease, below = {at(-half * 0.5f, down * 0.85f), at(0.05f * half, down * 1.08f), at(half * 0.6f, down * 0.82f),
                        at(half * 1.0f, outer)};
  for (const Point& p : lid) crease.push_back({p.x, p.y - 0.019f});
  painter.fill_with(ribbon(crease, {0, 0.005f, 0.007f, 0.008f, 0.008f, 0.007f, 0}), t.skin * 0.22f, 0.55f);
  painter.fill_with(ribbon(below, {0.002f, 0.005f, 0.006f, 0.004f}), t.skin * 0.2f, 0.35f + 0.35f * t.makeup);
  if (t.makeup > 0)
    painter.tint({at(0.008f, -up - 0.012f), 0.08f, 0.034f}, mix({1, 1, 1}, {0.48f, 0.40f, 0.46f}, t.makeup), &scene.head);
}

// The line between the lips; k from -1 (left corner) to 1.
float mouth_line(const Traits& t, float k) {
  return kMouthY + 0.014f * t.smile - 0.040f * t.smile * k * k;
}

float mouth_half_width(const Traits& t) { return (0.104f + 0.034f * upper(t.smile, 0)) * t.mouth_width; }

float mouth_gap(const Traits& t) { return t.mouth_open * (0.018f + 0.030f * upper(t.smile, 0)); }

// One contour of the mouth: the mouth line moved down by amount(k), in head coordinates.
template <class F>
Path lip_contour(const Scene& scene, F amount) {
  Path path;
  constexpr int kHalf = 9;
  for (int i = -kHalf; i <= kHalf; ++i) {
    const float k = static_cast<float>(i) / kHalf;
    path.push_back(scene.project(k * mouth_half_width(scene.traits), mouth_line(scene.traits, k) + amount(k), 0.02f));
  }
  return path;
}

Path between(Path upper_side, const Path& lower_side) {
  upper_side.insert(upper_side.end(), lower_side.rbegin(), lower_side.rend());
  return upper_side;
}

// Where beards grow: from the sideburns along the jaw; the mouth is painted over it later.
Path beard_outline(const Scene& scene, bool full) {
  const Traits& t = scene.traits;
  const float w = t.width, jaw = t.jaw;
  Path half;
  if (full)
    half = {{0, 0.655f}, {0.075f, 0.648f}, {0.14f, 0.675f}, {0.215f * w, 0.655f}, {0.285f * w, 0.56f}, {0.325f * w, 0.44f},
            {0.36f * w, 0.50f}, {0.345f * w, 0.62f}, {0.295f * w * jaw, 0.74f}, {0.21f * jaw, 0.86f}, {0.10f, 0.92f}};
  else  // goatee
    half = {{0, 0.640f}, {0.07f, 0.640f}, {0.125f, 0.675f}, {0.14f, 0.74f}, {0.125f, 0.82f}, {0.08f, 0.895f}};
  Path path = half;
  path.push_back({0, (full ? 0.935f : 0.915f) + t.chin});
  for (std::size_t i = half.size(); i-- > 1;) path.push_back({-half[i].x, half[i].y});
  return scene.project(smooth(path, scene.steps), 0.01f);
}

void paint_bristles(Scene& scene, float opacity, Colour colour, float softness) {
  const Traits& t = scene.traits;
  scene.painter.soften(scene.shape, softness);
  scene.painter.paint(scene.shape, [&](int i, float x, float y) {
    const float strand = wave(x * 26 + y * 5 + t.strand_phase[0]) * wave(y * 9 + x * 7 + t.strand_phase[1]);
    return colour * (scene.light[i] * (1 + 0.25f * strand));
  }, opacity);
}

}  // namespace

void paint_eyes(Scene& scene) {
  for (const float side : {-1.0f, 1.0f}) paint_eye(scene, side);
}

void paint_brows(Scene& scene) {
  const Traits& t = scene.traits;
  const Colour colour = t.hair_family == 2 ? mix(t.hair * 0.45f, rgb(90, 66, 44), 0.4f) : t.hair * 0.55f;
  for (const float side : {-1.0f, 1.0f}) {
    const auto at = [&](float x, float y) {
      return scene.project(side * (kEyeX + x), kBrowY - t.brow_lift + y - 0.008f * upper(t.smile, 0), 0.012f);
    };
    const float arch = 0.026f * t.brow_arch, w = 0.028f * t.brow_thick;
    const Path line = {at(-0.088f, 0.012f), at(-0.06f, 0.004f), at(-0.01f, -0.006f - arch * 0.6f), at(0.04f, -0.006f - arch),
                       at(0.075f, 0.002f - arch * 0.5f), at(0.105f, 0.018f)};
    scene.painter.fill(scene.shape, ribbon(line, {w * 0.7f, w, w, w * 0.8f, w * 0.5f, 0.002f}));
    if (scene.painter.size() > 48) scene.painter.soften(scene.shape, 0.008f);
    scene.painter.paint(scene.shape, [&](int i, float, float) { return colour * scene.light[i]; },
                        lower(0.62f + 0.18f * t.brow_thick, 0.92f));
  }
}

void paint_nose(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const float y = kNoseY + 0.04f * (t.nose_length - 1), wing = 0.05f * t.nose_width;
  painter.tint({scene.project(0, y + 0.016f, 0.05f), 0.085f * t.nose_width, 0.032f}, {0.62f, 0.50f, 0.48f}, &scene.head);
  for (const float side : {-1.0f, 1.0f}) {
    painter.tint({scene.project(side * 0.026f * t.nose_width, y + 0.008f, 0.045f), 0.023f * t.nose_width, 0.013f, side * 0.35f},
                 {0.12f, 0.06f, 0.06f}, &scene.head);
    painter.tint({scene.project(side * (wing + 0.012f), y - 0.008f, 0.02f), 0.014f, 0.034f, side * -0.3f},
                 {0.66f, 0.54f, 0.52f}, &scene.head);
  }
  const float highlight = 1.10f + 0.25f * t.nose_tip + 0.3f * t.darkness;
  painter.tint({scene.project(0.012f * t.light.x, y - 0.032f, 0.07f), 0.026f, 0.024f},
               {highlight, highlight, highlight}, &scene.head);
}

void paint_mouth(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const float gap = mouth_gap(t), full = t.lip_full;
  const auto arc = [](float k) { return 1 - k * k; };
  // Cupid's bow: two peaks beside the middle.
  const auto top = [&](float k) {
    const float a = std::fabs(k);
    return -full * (0.029f * (1 - a) * (1 + 0.7f * a) - 0.007f * upper(1 - a * 5, 0)) - 0.002f;
  };
  const Path above = lip_contour(scene, top);
  const Path line = lip_contour(scene, [&](float) { return 0.0f; });
  const Path opening = lip_contour(scene, [&](float k) { return gap * arc(k); });
  const Path below = lip_contour(scene, [&](float k) { return 0.002f + (gap + 0.040f * full) * arc(k) * (1 - 0.15f * k * k); });

  painter.fill(scene.shape, between(above, line));
  painter.paint(scene.shape, [&](int i, float, float) { return t.lips * (scene.light[i] * 0.80f); }, 0.92f);
  painter.fill(scene.shape, between(opening, below));
  const Point bulge = scene.project(0, kMouthY + 0.014f * t.smile + gap + 0.02f * full, 0.02f);
  painter.paint(scene.shape, [&](int i, float x, float y) {
    const float dx = (x - bulge.x) * 9, dy = (y - bulge.y) * 48 / full;
    const float round = upper(1 - dx * dx - dy * dy, 0);
    const float shine = round * round * (t.lipstick ? 0.16f : 0.07f);
    const Colour c = t.lips * (scene.light[i] * (0.92f + 0.22f * round));
    return Colour{c.r + shine, c.g + shine, c.b + shine};
  }, 0.92f);

  if (gap > 0) {
    painter.fill(scene.shape, between(line, opening));
    const float half = mouth_half_width(t), middle = bulge.x;
    // Upper teeth for smiles; the dark of the mouth below and in the corners.
    const float teeth = t.smile > 0.5f ? 0.78f : 0.35f, sharp = 0.7f / painter.pixel();
    painter.paint(scene.shape, [&](int i, float x, float y) {
      const float k = (x - middle) / half, bend = upper(1 - k * k, 0.05f);
      const float below_line = y - (kMouthY + 0.014f * t.smile - 0.040f * t.smile * k * k);
      const float tooth = clamp01((gap * teeth * bend - below_line) * sharp + 0.5f) * clamp01((0.93f - std::fabs(k)) * 5);
      const Colour dark = mix(rgb(58, 18, 18), rgb(150, 70, 70), clamp01(below_line / gap - 0.5f) * 0.8f);
      return mix(dark, rgb(244, 240, 232) * lower(scene.light[i], 1.05f), tooth * (0.55f + 0.45f * bend));
    });
  } else {
    painter.fill_with(ribbon(line, std::vector<float>(line.size(), 0.009f)), t.lips * 0.2f, 0.8f);
  }
  for (const float side : {-1.0f, 1.0f})
    painter.tint({scene.project(side * mouth_half_width(t), mouth_line(t, 1) + 0.002f, 0.015f), 0.026f, 0.022f},
                 {0.55f, 0.42f, 0.42f}, &scene.head);
  painter.tint({scene.project(0, mouth_line(t, 0) + gap + 0.055f * full + 0.01f, 0.02f), 0.08f, 0.022f},
               {0.80f, 0.72f, 0.72f}, &scene.head);
}

void paint_beard(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const Colour colour = t.hair * 0.85f;
  if (t.beard == Beard::stubble || t.beard == Beard::full) {
    painter.fill(scene.shape, beard_outline(scene, true));
    if (t.beard == Beard::stubble)
      paint_bristles(scene, 0.38f, mix(colour, t.skin * Colour{0.35f, 0.36f, 0.4f}, 0.5f), 0.05f);
    else
      paint_bristles(scene, t.beard_density, colour, 0.028f);
  }
  if (t.beard == Beard::goatee) {
    painter.fill(scene.shape, beard_outline(scene, false));
    paint_bristles(scene, t.beard_density, colour, 0.022f);
  }
  if (t.beard == Beard::moustache) {
    const Path line = {scene.project(-0.135f, 0.705f, 0.02f), scene.project(-0.07f, 0.662f, 0.025f),
                       scene.project(0, 0.650f, 0.03f), scene.project(0.07f, 0.662f, 0.025f), scene.project(0.135f, 0.705f, 0.02f)};
    painter.fill(scene.shape, ribbon(line, {0.012f, 0.046f, 0.046f, 0.046f, 0.012f}));
    paint_bristles(scene, t.beard_density, colour, 0.016f);
  }
  if (t.sideburns > 0.7f && !hair_is_long(t) && t.style != HairStyle::bald) {
    for (const float side : {-1.0f, 1.0f}) {
      const Path burn = {scene.project(side * 0.335f * t.width, 0.40f), scene.project(side * 0.265f * t.width, 0.42f),
                         scene.project(side * 0.262f * t.width, 0.62f), scene.project(side * 0.315f * t.width, 0.63f)};
      painter.fill(scene.shape, burn);
      paint_bristles(scene, 0.85f, colour, 0.02f);
    }
  }
}

}  // namespace facegan::image::portrait
