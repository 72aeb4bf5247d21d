// Mouth, and the beards around it.
#include <cmath>

#include "portrait/scene.h"

namespace facegan::portrait {
namespace {

// The line between the lips; k from -1 (left corner) to 1.
float mouth_line(const Traits& t, float k) {
  return kMouthY + 0.014f * t.smile - 0.040f * t.smile * k * k;
}

float mouth_half_width(const Traits& t) {
  return (0.104f + 0.034f * upper(t.smile, 0)) * t.mouth_width;
}

float mouth_gap(const Traits& t) {
  return t.mouth_open * (0.018f + 0.030f * upper(t.smile, 0));
}

// One contour of the mouth: the mouth line moved down by amount(k), in head coordinates.
template <class F>
Path lip_contour(const Scene& scene, F amount) {
  Path path;
  constexpr int kHalf = 9;
  for (int i = -kHalf; i <= kHalf; ++i) {
    const float k = static_cast<float>(i) / kHalf;
    path.push_back(
        scene.project(k * mouth_half_width(scene.traits), mouth_line(scene.traits, k) + amount(k), 0.02f));
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
    half = {{0, 0.655f},          {0.075f, 0.648f},    {0.14f, 0.675f},
            {0.215f * w, 0.655f}, {0.285f * w, 0.56f}, {0.325f * w, 0.44f},
            {0.36f * w, 0.50f},   {0.345f * w, 0.62f}, {0.295f * w * jaw, 0.74f},
            {0.21f * jaw, 0.86f}, {0.10f, 0.92f}};
  else  // goatee
    half = {{0, 0.640f}, {0.07f, 0.640f}, {0.125f, 0.675f}, {0.14f, 0.74f}, {0.125f, 0.82f}, {0.08f, 0.895f}};
  Path path = half;
  path.push_back({0, (full ? 0.935f : 0.915f) + t.chin});
  for (std::size_t i = half.size(); i-- > 1;) path.push_back({-half[i].x, half[i].y});
  return scene.project(smooth(path, scene.steps), 0.01f);
}

// Bristles on scene.shape, of the softened shape only what lies on the head unless it stands off it.
void paint_bristles(Scene& scene, float opacity, Color color, float softness, bool on_skin = true) {
  const Traits& t = scene.traits;
  scene.painter.soften(scene.shape, softness);
  if (on_skin) scene.clip_to_head(scene.shape);
  scene.painter.paint(
      scene.shape,
      [&](int i, float x, float y) {
        const float strand =
            wave(x * 26 + y * 5 + t.strand_phase[0]) * wave(y * 13 + x * 7 + t.strand_phase[1]);
        return color * (scene.light[i] * (1 + 0.18f * strand));
      },
      opacity);
}

}  // namespace

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
  const Path below = lip_contour(
      scene, [&](float k) { return 0.002f + (gap + 0.040f * full) * arc(k) * (1 - 0.15f * k * k); });

  painter.fill(scene.shape, between(above, line));
  painter.paint(
      scene.shape, [&](int i, float, float) { return t.lips * (scene.light[i] * 0.80f); }, 0.92f);
  painter.fill(scene.shape, between(opening, below));
  const Point bulge = scene.project(0, kMouthY + 0.014f * t.smile + gap + 0.02f * full, 0.02f);
  painter.paint(
      scene.shape,
      [&](int i, float x, float y) {
        const float dx = (x - bulge.x) * 9, dy = (y - bulge.y) * 48 / full;
        const float round = upper(1 - dx * dx - dy * dy, 0);
        const float shine = round * round * (t.lipstick ? 0.16f : 0.07f);
        const Color c = t.lips * (scene.light[i] * (0.92f + 0.22f * round));
        return Color{c.r + shine, c.g + shine, c.b + shine};
      },
      0.92f);

  if (gap > 0) {
    painter.fill(scene.shape, between(line, opening));
    const float half = mouth_half_width(t), middle = bulge.x;
    // Upper teeth for smiles; the dark of the mouth below and in the corners.
    const float teeth = t.smile > 0.5f ? 0.78f : 0.35f, sharp = 0.7f / painter.pixel();
    painter.paint(scene.shape, [&](int i, float x, float y) {
      const float k = (x - middle) / half, bend = upper(1 - k * k, 0.05f);
      const float below_line = y - (kMouthY + 0.014f * t.smile - 0.040f * t.smile * k * k);
      const float tooth =
          clamp01((gap * teeth * bend - below_line) * sharp + 0.5f) * clamp01((0.93f - std::fabs(k)) * 5);
      const Color dark = mix(rgb(58, 18, 18), rgb(150, 70, 70), clamp01(below_line / gap - 0.5f) * 0.8f);
      return mix(dark, rgb(244, 240, 232) * lower(scene.light[i], 1.05f), tooth * (0.55f + 0.45f * bend));
    });
  } else {
    std::vector<float> widths;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const float k = 2 * static_cast<float>(i) / static_cast<float>(line.size() - 1) - 1;
      widths.push_back(0.010f - 0.006f * k * k);
    }
    painter.fill_with(ribbon(line, widths), t.lips * 0.2f, 0.8f);
  }
  for (const float side : {-1.0f, 1.0f})
    painter.tint(
        {scene.project(side * mouth_half_width(t), mouth_line(t, 1) + 0.002f, 0.015f), 0.026f, 0.022f},
        {0.55f, 0.42f, 0.42f}, &scene.head);
  painter.tint({scene.project(0, mouth_line(t, 0) + gap + 0.055f * full + 0.01f, 0.02f), 0.08f, 0.022f},
               {0.80f, 0.72f, 0.72f}, &scene.head);
}

void paint_beard(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const Color color = t.hair * 0.85f;
  if (t.beard == Beard::stubble || t.beard == Beard::full) {
    painter.fill(scene.shape, beard_outline(scene, true));
    if (t.beard == Beard::stubble)
      paint_bristles(scene, 0.38f, mix(color, t.skin * Color{0.35f, 0.36f, 0.4f}, 0.5f), 0.05f);
    else
      paint_bristles(scene, t.beard_density, color, 0.028f, false);
  }
  if (t.beard == Beard::goatee) {
    painter.fill(scene.shape, beard_outline(scene, false));
    paint_bristles(scene, t.beard_density, color, 0.022f, false);
  }
  if (t.beard == Beard::moustache) {
    const Path line = {scene.project(-0.135f, 0.705f, 0.02f), scene.project(-0.07f, 0.662f, 0.025f),
                       scene.project(0, 0.650f, 0.03f), scene.project(0.07f, 0.662f, 0.025f),
                       scene.project(0.135f, 0.705f, 0.02f)};
    painter.fill(scene.shape, ribbon(line, {0.012f, 0.046f, 0.046f, 0.046f, 0.012f}));
    paint_bristles(scene, t.beard_density, color, 0.016f);
  }
  if (t.sideburns > 0.7f && !hair_is_long(t) && t.style != HairStyle::bald) {
    for (const float side : {-1.0f, 1.0f}) {
      const float w = t.width, end = 0.56f + 0.06f * t.sideburns;
      const Path burn = {scene.project(side * 0.36f * w, 0.38f), scene.project(side * 0.285f * w, 0.40f),
                         scene.project(side * 0.278f * w, 0.52f), scene.project(side * 0.262f * w, end),
                         scene.project(side * 0.36f * w, end + 0.01f)};
      painter.fill(scene.shape, burn);
      paint_bristles(scene, 0.9f, color, 0.016f);
    }
  }
}

}  // namespace facegan::portrait
