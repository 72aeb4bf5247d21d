// Eyes, brows, nose.
#include <cmath>

#include "portrait/scene.h"

namespace facegan::portrait {
namespace {

void paint_eye(Scene& scene, float side) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const float half = 0.069f * t.eye_size, up = 0.036f * t.eye_open,
              down = 0.022f * t.eye_open * (1 - 0.25f * upper(t.smile, 0));
  // From the inner corner over the upper lid to the outer corner, and back below. x: outward.
  const auto at = [&](float x, float y) { return scene.project(side * (kEyeX + x), kEyeY + y, 0.005f); };
  const float outer = -t.eye_tilt;
  const Path lid = {at(-half, 0.008f),
                    at(-half * 0.72f, -up * 0.45f),
                    at(-half * 0.35f, -up * 0.88f),
                    at(0.03f * half, -up),
                    at(half * 0.42f, -up * 0.86f + outer * 0.4f),
                    at(half * 0.78f, -up * 0.46f + outer * 0.8f),
                    at(half * 1.03f, 0.002f + outer)};
  Path eye = lid;
  eye.push_back(at(half * 0.6f, down * 0.72f));
  eye.push_back(at(0.05f * half, down));
  eye.push_back(at(-half * 0.5f, down * 0.75f));
  painter.fill(scene.shape, smooth(eye, scene.steps));

  const float wide = scene.foreshortening(side * kEyeX);
  const Point iris = scene.project(side * kEyeX + 0.16f * t.gaze - 0.02f * t.yaw, kEyeY - 0.006f, 0.005f);
  const float radius = 0.0365f * t.eye_size, sharp = 1 / painter.pixel();
  const float pupil = radius * 0.45f;
  const Color rim = t.iris * 0.22f;
  const Point glint = {iris.x + 0.012f * (t.light.x > 0 ? 1.0f : -1.0f), iris.y - 0.013f};
  painter.paint(scene.shape, [&](int i, float x, float y) {
    const float dx = (x - iris.x) / wide, dy = y - iris.y;
    const float d = std::sqrt(dx * dx + dy * dy);
    // The ball is round, and the upper lid throws a shadow on it.
    const float depth = clamp01((y - kEyeY + up) / (up + down));
    const float lit = lower(scene.light[i] * 1.15f, 1.0f) * (0.50f + 0.50f * lower(depth * 2.0f, 1.0f)) *
                      (1 - 55 * (x - iris.x) * (x - iris.x));
    Color c = rgb(240, 236, 232) * (0.97f * lit);
    const Color glow = t.iris * (0.75f + 0.9f * depth);
    c = mix(c, rim, clamp01((radius - d) * sharp + 0.5f));
    c = mix(c, glow, clamp01((radius * 0.87f - d) * lower(sharp, 130) + 0.5f));
    c = mix(c, rgb(12, 10, 10), clamp01((pupil - d) * sharp + 0.5f));
    const float gx = x - glint.x, gy = y - glint.y;
    return mix(c, rgb(252, 252, 252),
               clamp01((0.0085f - std::sqrt(gx * gx + gy * gy)) * sharp + 0.5f) * 0.9f);
  });

  // Lashes along the upper lid, a fine line below, and the crease of the lid.
  const float lash = 0.012f + 0.008f * t.makeup - (t.male ? 0.003f : 0.0f);
  const Color ink = mix(rgb(38, 26, 22), rgb(14, 11, 12), t.makeup);
  painter.fill_with(ribbon(lid, {0.003f, lash * 0.7f, lash, lash, lash * 1.05f, lash * 1.1f, 0.004f}), ink,
                    0.9f);
  Path crease, below = {at(-half * 0.5f, down * 0.85f), at(0.05f * half, down * 1.08f),
                        at(half * 0.6f, down * 0.82f), at(half * 1.0f, outer)};
  for (const Point& p : lid) crease.push_back({p.x, p.y - 0.019f});
  painter.fill_with(ribbon(crease, {0, 0.005f, 0.007f, 0.008f, 0.008f, 0.007f, 0}), t.skin * 0.22f, 0.55f);
  painter.fill_with(ribbon(below, {0.002f, 0.005f, 0.006f, 0.004f}), t.skin * 0.2f, 0.35f + 0.35f * t.makeup);
  if (t.makeup > 0)
    painter.tint({at(0.008f, -up - 0.012f), 0.08f, 0.034f}, mix({1, 1, 1}, {0.48f, 0.40f, 0.46f}, t.makeup),
                 &scene.head);
}

}  // namespace

void paint_eyes(Scene& scene) {
  for (const float side : {-1.0f, 1.0f}) paint_eye(scene, side);
}

void paint_brows(Scene& scene) {
  const Traits& t = scene.traits;
  const Color color = t.hair_family == 2 ? mix(t.hair * 0.45f, rgb(90, 66, 44), 0.4f) : t.hair * 0.55f;
  for (const float side : {-1.0f, 1.0f}) {
    const auto at = [&](float x, float y) {
      return scene.project(side * (kEyeX + x), kBrowY - t.brow_lift + y - 0.008f * upper(t.smile, 0), 0.012f);
    };
    const float arch = 0.026f * t.brow_arch, w = 0.028f * t.brow_thick;
    const Path line = {at(-0.085f, 0.002f),
                       at(-0.055f, -0.004f),
                       at(-0.01f, -0.009f - arch * 0.5f),
                       at(0.04f, -0.007f - arch),
                       at(0.075f, 0.004f - arch * 0.5f),
                       at(0.105f, 0.022f)};
    scene.painter.fill(scene.shape, ribbon(line, {w * 0.7f, w, w, w * 0.8f, w * 0.5f, 0.002f}));
    if (scene.painter.size() > 48) scene.painter.soften(scene.shape, 0.008f);
    scene.painter.paint(
        scene.shape, [&](int i, float, float) { return color * scene.light[i]; },
        lower(0.62f + 0.18f * t.brow_thick, 0.92f));
  }
}

void paint_nose(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  const float y = kNoseY + 0.04f * (t.nose_length - 1), wing = 0.05f * t.nose_width;
  painter.tint({scene.project(0, y + 0.016f, 0.05f), 0.085f * t.nose_width, 0.032f}, {0.62f, 0.50f, 0.48f},
               &scene.head);
  for (const float side : {-1.0f, 1.0f}) {
    painter.tint({scene.project(side * 0.026f * t.nose_width, y + 0.008f, 0.045f), 0.023f * t.nose_width,
                  0.013f, side * 0.35f},
                 {0.12f, 0.06f, 0.06f}, &scene.head);
    painter.tint({scene.project(side * (wing + 0.012f), y - 0.008f, 0.02f), 0.014f, 0.034f, side * -0.3f},
                 {0.66f, 0.54f, 0.52f}, &scene.head);
  }
  const float highlight = 1.10f + 0.25f * t.nose_tip + 0.3f * t.darkness;
  painter.tint({scene.project(0.012f * t.light.x, y - 0.032f, 0.07f), 0.026f, 0.024f},
               {highlight, highlight, highlight}, &scene.head);
}

}  // namespace facegan::portrait
