// Hats, glasses, earrings.
#include "portrait/scene.h"

namespace facegan::portrait {
namespace {

Path headwear_dome(const Scene& scene, float brow, float height, float side) {
  const float w = scene.traits.width;
  const Path dome = {{0, height},
                     {0.19f * w, height + 0.035f},
                     {0.30f * w + side, 0.12f},
                     {0.345f * w + side, brow - 0.03f},
                     {0.335f * w + side, brow + 0.035f},
                     {0.19f, brow + 0.012f},
                     {0, brow},
                     {-0.19f, brow + 0.012f},
                     {-0.335f * w - side, brow + 0.035f},
                     {-0.345f * w - side, brow - 0.03f},
                     {-0.30f * w - side, 0.12f},
                     {-0.19f * w, height + 0.035f}};
  return scene.project(smooth(dome, scene.steps), 0.02f);
}

void paint_cloth(Scene& scene, const Path& path, Color color, float ribs) {
  scene.painter.fill(scene.shape, path);
  const float axis = scene.axis();
  scene.painter.paint(scene.shape,
                      [=, lamp = scene.lamp, lit = color * scene.traits.lamp](int, float x, float y) {
                        const float rib = 1 + (ribs > 0 ? 0.12f : 0.0f) * wave((x - axis) * ribs);
                        return lit * (lamp((x - axis) * -2.6f, (y - 0.25f) * -2.2f) * rib);
                      });
}

}  // namespace

void paint_hat(Scene& scene) {
  const Traits& t = scene.traits;
  if (t.hat == Hat::none) return;
  Painter& painter = scene.painter;
  painter.tint({scene.project(0, 0.27f), 0.40f, 0.10f}, {0.35f, 0.28f, 0.27f}, &scene.head);
  if (t.hat == Hat::beanie) {
    paint_cloth(scene, headwear_dome(scene, 0.235f, -0.03f, 0.02f), t.hat_color, 18);
    const Path rim = {scene.project(-0.375f * t.width, 0.255f), scene.project(-0.2f, 0.235f, 0.03f),
                      scene.project(0, 0.225f, 0.03f), scene.project(0.2f, 0.235f, 0.03f),
                      scene.project(0.375f * t.width, 0.255f)};
    paint_cloth(scene, ribbon(rim, {0.085f, 0.085f, 0.085f, 0.085f, 0.085f}), t.hat_color * 0.75f, 18);
    return;
  }
  paint_cloth(scene, headwear_dome(scene, 0.22f, t.hat == Hat::cap ? 0.0f : -0.05f, 0.012f), t.hat_color, 0);
  const float wide = t.hat == Hat::cap ? 0.27f : 0.60f, drop = t.hat == Hat::cap ? 0.075f : 0.03f;
  const auto at = [&](float k, float y) { return scene.project(k * wide, y, 0.05f); };
  const Path visor = {at(-1, 0.235f),       at(-0.6f, 0.20f),
                      at(0, 0.185f),        at(0.6f, 0.20f),
                      at(1, 0.235f),        at(0.7f, 0.235f + drop * 0.7f),
                      at(0, 0.235f + drop), at(-0.7f, 0.235f + drop * 0.7f)};
  paint_cloth(scene, smooth(visor, scene.steps), t.hat_color * (t.hat == Hat::cap ? 0.6f : 0.85f), 0);
  if (t.hat == Hat::brim) {
    const Path band = {scene.project(-0.35f * t.width, 0.185f, 0.02f), scene.project(0, 0.165f, 0.03f),
                       scene.project(0.35f * t.width, 0.185f, 0.02f)};
    painter.fill_with(ribbon(band, {0.05f, 0.05f, 0.05f}), t.hat_color * 0.3f);
  }
}

void paint_glasses(Scene& scene) {
  const Traits& t = scene.traits;
  if (!t.glasses) return;
  Painter& painter = scene.painter;
  const float rx = 0.112f, ry = 0.066f + 0.024f * t.frame_round, thick = t.frame_thick;
  for (const float side : {-1.0f, 1.0f}) {
    const Point centre = scene.project(side * (kEyeX + 0.003f), kEyeY + 0.01f, 0.04f);
    const float wide = scene.foreshortening(side * kEyeX) * rx;
    // Between an ellipse and a rounded box.
    Path outer, inner;
    for (const Point& p : ellipse({0, 0}, 1, 1, 40)) {
      const float bulge = 1 + (1 - t.frame_round) * 0.9f * p.x * p.x * p.y * p.y;
      outer.push_back({centre.x + p.x * bulge * (wide + thick), centre.y + p.y * bulge * (ry + thick)});
      inner.push_back({centre.x + p.x * bulge * wide, centre.y + p.y * bulge * ry});
    }
    painter.fill(scene.shape, inner);
    if (t.sunglasses)
      painter.paint(
          scene.shape,
          [&](int, float x, float y) {
            const float k = clamp01((y - centre.y) / ry * 0.5f + 0.5f + (x - centre.x));
            return mix(rgb(14, 13, 14), rgb(74, 68, 66), k * k);
          },
          0.94f);
    else
      painter.paint(
          scene.shape, [](int, float, float) { return rgb(225, 235, 245); }, 0.07f);
    const Path hole(inner.rbegin(), inner.rend());
    painter.fill(scene.shape, {&outer, &hole});
    painter.paint(
        scene.shape, [&](int, float, float) { return t.frame; }, 0.95f);
    if (hair_is_long(t)) continue;  // the temples lie under it
    const Path temple = {{centre.x + side * (wide + thick), centre.y - ry * 0.35f},
                         scene.project(side * 0.335f * t.width, kEyeY)};
    painter.fill_with(ribbon(temple, {thick, thick}), t.frame, 0.9f);
  }
  const Path bridge = {scene.project(-0.045f, kEyeY - 0.005f, 0.05f), scene.project(0, kEyeY - 0.016f, 0.06f),
                       scene.project(0.045f, kEyeY - 0.005f, 0.05f)};
  painter.fill_with(ribbon(bridge, {thick, thick, thick}), t.frame, 0.95f);
}

void paint_jewels(Scene& scene) {
  const Traits& t = scene.traits;
  if (!t.earrings) return;
  const Color metal = t.frame_round < 0.5f ? rgb(246, 214, 120) : rgb(244, 244, 250);
  for (const float side : {-1.0f, 1.0f}) {
    const Point lobe = scene.project(side * 0.345f * t.width, 0.575f);
    const float drop = t.male ? 0.016f : 0.034f;
    scene.painter.fill_with(ellipse({lobe.x, lobe.y + drop - 0.015f}, 0.017f, drop, 16), metal * 0.9f);
    scene.painter.fill_with(ellipse({lobe.x - 0.003f, lobe.y + drop - 0.022f}, 0.008f, drop * 0.4f, 12),
                            rgb(255, 255, 250));
  }
}

}  // namespace facegan::portrait
