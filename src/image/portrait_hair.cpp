// Hair, and what is worn on the head.
#include <array>
#include <cmath>

#include "image/portrait_scene.h"

namespace facegan::image::portrait {
namespace {

// The front hair: one outline around the skull, one along the face, joined at the ends of the hair.
struct Cut {
  // y of the hairline at x = 0, 0.11, 0.20 and 0.27 of either side: [0] left ... [6] right.
  std::array<float, 7> line;
  float top, side;    // thickness on top of and beside the skull
  float end;          // y at which the hair ends beside the face
  float curtain;      // x of the inner edge of long hair
};

Cut cut_of(const Traits& t) {
  using enum HairStyle;
  const float v = t.volume;
  Cut cut = {{0.31f, 0.215f, 0.175f, 0.165f, 0.175f, 0.215f, 0.31f}, 0.05f * v, 0.012f, 0.46f, 0.30f};
  // Hair combed from the parting: low on the far side, open above the parting.
  const auto comb = [&](float depth) {
    for (int i = 0; i < 7; ++i) {
      static constexpr float kX[] = {-0.27f, -0.20f, -0.11f, 0, 0.11f, 0.20f, 0.27f};
      const float away = std::fabs(kX[i] - t.part);
      cut.line[i] = 0.105f + depth * (1.3f * away + 1.1f * away * away);
    }
  };
  switch (t.style) {
    case bald: case fringe: break;
    case buzz: cut.top = 0.006f, cut.side = 0.002f; break;
    case parted: comb(0.42f); cut.side = 0.014f; break;
    case quiff: cut.top = 0.075f * v; cut.line = {0.31f, 0.20f, 0.155f, 0.15f, 0.155f, 0.20f, 0.31f}; break;
    case crop: cut.line = {0.32f, 0.245f, 0.22f, 0.21f, 0.22f, 0.245f, 0.32f}; cut.side = 0.018f; break;
    case curly:
      cut.top = 0.085f * v, cut.side = 0.05f + 0.03f * v, cut.end = t.male ? 0.47f : 0.66f;
      cut.line = {0.30f, 0.225f, 0.19f, 0.18f, 0.19f, 0.225f, 0.30f};
      break;
    case bob: comb(0.45f); cut.side = 0.045f + 0.02f * v; break;
    case straight: comb(0.45f); cut.side = 0.03f + 0.015f * v; break;
    case wavy: comb(0.50f); cut.side = 0.05f + 0.03f * v; cut.top = 0.065f * v; break;
    case updo: cut.top = 0.035f * v; cut.side = 0.006f; cut.end = 0.43f; break;
  }
  if (hair_is_long(t)) cut.end = t.length, cut.curtain = 0.285f * t.width;
  if (t.bangs) cut.line = {0.335f, 0.315f, 0.30f, 0.295f, 0.30f, 0.315f, 0.335f};
  if (t.bangs && t.part > 0) cut.line = {0.34f, 0.32f, 0.30f, 0.28f, 0.25f, 0.245f, 0.31f};
  if (t.receding) cut.line = {0.30f, 0.125f, 0.095f, 0.135f, 0.095f, 0.125f, 0.30f};
  if (t.hat != Hat::none) cut.top = 0.01f, cut.side = lower(cut.side, 0.03f);
  return cut;
}

// Right half of the way from the top of the hair to its end and up the face to the temple.
Path hair_side(const Traits& t, const Cut& cut, float side) {
  const float w = t.width, s = cut.side;
  Path path = {{0.17f * w, 0.058f - cut.top * 0.9f}, {0.285f * w + s * 0.6f, 0.15f - cut.top * 0.35f},
               {kHeadWidth * w + s, 0.31f}};
  if (!hair_is_long(t)) {
    const float end = cut.end + (t.style == HairStyle::curly ? 0.0f : 0.05f * t.sideburns);
    path.push_back({0.337f * w + s, end - 0.06f});
    path.push_back({0.318f * w + s * 0.5f, end});
    path.push_back({0.298f * w, end - 0.01f});
    path.push_back({0.292f * w, 0.38f});
  } else {
    const float phase = t.strand_phase[side > 0 ? 2 : 3];
    const float swing = t.style == HairStyle::wavy ? 0.024f : 0.004f;
    static constexpr int kSteps = 6;
    for (int i = 0; i <= kSteps; ++i) {  // down the outside, wider towards the end
      const float k = static_cast<float>(i) / kSteps, y = 0.42f + (cut.end - 0.42f) * k;
      const float bob = t.style == HairStyle::bob ? -0.09f * k * k * k + 0.03f * k : 0.05f * k;
      path.push_back({0.345f * w + s + bob + swing * wave(3.2f * y + phase), y});
    }
    for (int i = kSteps; i >= 0; --i) {  // and up along the face
      const float k = static_cast<float>(i) / kSteps, y = 0.40f + (cut.end - 0.40f) * k;
      const float in = t.style == HairStyle::bob ? -0.02f * k : 0.015f * k;
      path.push_back({cut.curtain + in + swing * 0.8f * wave(3.2f * y + phase + 0.1f), y});
    }
  }
  for (Point& p : path) p.x *= side;
  return path;
}

Path hair_outline(const Scene& scene) {
  const Traits& t = scene.traits;
  const Cut cut = cut_of(t);
  static constexpr float kX[] = {-0.268f, -0.20f, -0.11f, 0, 0.11f, 0.20f, 0.268f};
  const Path right = hair_side(t, cut, 1), left = hair_side(t, cut, -1);
  Path path = {{t.part * 0.4f, 0.028f - cut.top}};
  path.insert(path.end(), right.begin(), right.end());
  for (int i = 6; i >= 0; --i) path.push_back({kX[i] * t.width, cut.line[i]});
  path.insert(path.end(), left.rbegin(), left.rend());
  return scene.project(smooth(path, scene.steps), 0.012f);
}

// Tone of the strands at a view position, around 1. Strands leave the parting and then fall.
class Strands {
 public:
  explicit Strands(const Scene& scene) : t_(scene.traits), axis_(scene.project(t_.part, 0.08f).x) {
    detail_ = clamp01((static_cast<float>(scene.painter.size()) - 40) / 120);
    curly_ = t_.style == HairStyle::curly;
    bend_ = t_.style == HairStyle::wavy ? 0.02f : 0.0f;
  }
  float operator()(float x, float y) const {
    const float fall = lower(upper(y + 0.12f, 0.05f), 0.55f);
    const float bent = x - axis_ + bend_ * wave(3.2f * y + t_.strand_phase[2]);
    const float u = bent / (0.14f + fall);
    const float broad = wave(u * 3.1f + t_.strand_phase[0]) + 0.7f * wave(u * 6.7f + t_.strand_phase[1]);
    const float fine = wave(u * 15 + t_.strand_phase[4]) + 0.8f * wave(u * 29 + t_.strand_phase[5]);
    const float curls = wave(x * 8 + t_.strand_phase[0] + 0.3f * wave(y * 5)) * wave(y * 8 + t_.strand_phase[1]);
    return curly_ ? 1 + 0.30f * curls + 0.05f * detail_ * fine : 1 + 0.13f * broad + 0.10f * detail_ * fine;
  }

 private:
  const Traits& t_;
  float axis_, detail_, bend_;
  bool curly_;
};

void shade_hair(Scene& scene, const Mask& mask, float brightness, float opacity) {
  const Traits& t = scene.traits;
  const Strands strands(scene);
  const float axis = scene.axis();
  const float sheen = t.style == HairStyle::curly || t.style == HairStyle::buzz ? 0.02f : 0.07f;
  const Colour gleam = mix(t.hair, Colour{1, 0.95f, 0.88f}, 0.45f);
  scene.painter.paint(mask, [&](int, float x, float y) {
    const float u = (x - axis) * 2.4f, v = (lower(y, 0.6f) - 0.42f) * 2.0f;
    const float lit = scene.shade(-1.1f * u, -0.75f * v);
    const float tone = strands(x, y);
    // A ring of light around the crown, where the strands face the lamp.
    const float ring = (y - 0.10f - 0.9f * (x - axis) * (x - axis) - 0.12f * t.light.x * (x - axis)) * 8.5f;
    const float band = upper(1 - ring * ring, 0);
    const float shine = sheen * band * band * upper(tone - 0.72f, 0) * 2.2f;
    return t.hair * t.lamp * (lit * tone * tone * brightness) + gleam * (shine * lit);
  }, opacity);
}

Path headwear_dome(const Scene& scene, float brow, float height, float side) {
  const float w = scene.traits.width;
  const Path dome = {{0, height}, {0.19f * w, height + 0.035f}, {0.30f * w + side, 0.12f}, {0.345f * w + side, brow - 0.03f},
                     {0.335f * w + side, brow + 0.035f}, {0.19f, brow + 0.012f}, {0, brow}, {-0.19f, brow + 0.012f},
                     {-0.335f * w - side, brow + 0.035f}, {-0.345f * w - side, brow - 0.03f}, {-0.30f * w - side, 0.12f},
                     {-0.19f * w, height + 0.035f}};
  return scene.project(smooth(dome, scene.steps), 0.02f);
}

void paint_cloth(Scene& scene, const Path& path, Colour colour, float ribs) {
  scene.painter.fill(scene.shape, path);
  const float axis = scene.axis();
  scene.painter.paint(scene.shape, [&](int, float x, float y) {
    const float rib = ribs > 0 ? 1 + 0.12f * wave((x - axis) * ribs) : 1.0f;
    return colour * scene.traits.lamp * (scene.shade((x - axis) * -2.6f, (y - 0.25f) * -2.2f) * rib);
  });
}

}  // namespace

void paint_hair_behind(Scene& scene) {
  const Traits& t = scene.traits;
  if (t.style == HairStyle::updo && t.hat == Hat::none) {
    scene.painter.fill(scene.shape, ellipse({scene.axis() + t.part * 0.8f, -0.005f}, 0.15f, 0.085f));
    shade_hair(scene, scene.shape, 0.75f, 1);
  }
  if (!hair_is_long(t) && !(t.style == HairStyle::curly && !t.male)) return;
  const float w = t.width, end = t.style == HairStyle::curly ? 0.72f : t.length;
  const Path half = {{0, 0.1f}, {0.25f * w, 0.15f}, {0.345f * w, 0.36f}, {0.36f * w, 0.6f}, {0.34f, end - 0.06f}, {0.26f, end}};
  Path path = half;
  path.push_back({0, end});
  for (std::size_t i = half.size(); i-- > 1;) path.push_back({-half[i].x, half[i].y});
  scene.painter.fill(scene.shape, scene.project(smooth(path, scene.steps)));
  shade_hair(scene, scene.shape, 0.5f, 1);
}

void paint_hair(Scene& scene) {
  const Traits& t = scene.traits;
  Painter& painter = scene.painter;
  if (t.style == HairStyle::bald) return;
  if (t.style == HairStyle::fringe) {
    for (const float side : {-1.0f, 1.0f}) {
      const float w = t.width;
      const Path patch = {scene.project(side * 0.30f * w, 0.22f), scene.project(side * 0.345f * w, 0.28f),
                          scene.project(side * 0.355f * w, 0.42f), scene.project(side * 0.32f * w, 0.50f),
                          scene.project(side * 0.295f * w, 0.42f), scene.project(side * 0.285f * w, 0.30f)};
      painter.fill(scene.shape, smooth(patch, scene.steps));
      painter.soften(scene.shape, 0.02f);
      shade_hair(scene, scene.shape, 1, 0.9f);
    }
    return;
  }
  painter.fill(scene.hair, hair_outline(scene));
  if (t.style == HairStyle::buzz) painter.soften(scene.hair, 0.03f);
  // The shadow that the hair throws on the face: its own shape, softened.
  scene.shape.box = scene.hair.box;
  scene.shape.coverage = scene.hair.coverage;
  painter.soften(scene.shape, 0.05f);
  const float* over_head = scene.head.coverage.data();
  float* shadow = scene.shape.coverage.data();
  painter.each(scene.shape.box, [=](int i, float, float) { shadow[i] *= over_head[i]; });
  painter.paint(scene.shape, [&](int, float, float) { return t.skin * Colour{0.20f, 0.13f, 0.11f}; },
                t.style == HairStyle::buzz ? 0.15f : 0.45f);
  shade_hair(scene, scene.hair, 1, t.style == HairStyle::buzz ? 0.8f : 1);
}

void paint_hat(Scene& scene) {
  const Traits& t = scene.traits;
  if (t.hat == Hat::none) return;
  Painter& painter = scene.painter;
  painter.tint({scene.project(0, 0.27f), 0.40f, 0.10f}, {0.35f, 0.28f, 0.27f}, &scene.head);
  if (t.hat == Hat::beanie) {
    paint_cloth(scene, headwear_dome(scene, 0.235f, -0.03f, 0.02f), t.hat_colour, 18);
    const Path rim = {scene.project(-0.375f * t.width, 0.255f), scene.project(-0.2f, 0.235f, 0.03f), scene.project(0, 0.225f, 0.03f),
                      scene.project(0.2f, 0.235f, 0.03f), scene.project(0.375f * t.width, 0.255f)};
    paint_cloth(scene, ribbon(rim, {0.085f, 0.085f, 0.085f, 0.085f, 0.085f}), t.hat_colour * 0.75f, 18);
    return;
  }
  paint_cloth(scene, headwear_dome(scene, 0.22f, t.hat == Hat::cap ? 0.0f : -0.05f, 0.012f), t.hat_colour, 0);
  const float wide = t.hat == Hat::cap ? 0.27f : 0.60f, drop = t.hat == Hat::cap ? 0.075f : 0.03f;
  const auto at = [&](float k, float y) { return scene.project(k * wide, y, 0.05f); };
  const Path visor = {at(-1, 0.235f), at(-0.6f, 0.20f), at(0, 0.185f), at(0.6f, 0.20f), at(1, 0.235f),
                      at(0.7f, 0.235f + drop * 0.7f), at(0, 0.235f + drop), at(-0.7f, 0.235f + drop * 0.7f)};
  paint_cloth(scene, smooth(visor, scene.steps), t.hat_colour * (t.hat == Hat::cap ? 0.6f : 0.85f), 0);
  if (t.hat == Hat::brim) {
    const Path band = {scene.project(-0.35f * t.width, 0.185f, 0.02f), scene.project(0, 0.165f, 0.03f), scene.project(0.35f * t.width, 0.185f, 0.02f)};
    painter.fill_with(ribbon(band, {0.05f, 0.05f, 0.05f}), t.hat_colour * 0.3f);
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
      painter.paint(scene.shape, [&](int, float x, float y) {
        const float k = clamp01((y - centre.y) / ry * 0.5f + 0.5f + (x - centre.x));
        return mix(rgb(14, 13, 14), rgb(74, 68, 66), k * k);
      }, 0.94f);
    else
      painter.paint(scene.shape, [](int, float, float) { return rgb(225, 235, 245); }, 0.07f);
    const Path hole(inner.rbegin(), inner.rend());
    painter.fill(scene.shape, {&outer, &hole});
    painter.paint(scene.shape, [&](int, float, float) { return t.frame; }, 0.95f);
    const Path temple = {{centre.x + side * (wide + thick), centre.y - ry * 0.35f}, scene.project(side * 0.335f * t.width, kEyeY)};
    painter.fill_with(ribbon(temple, {thick, thick}), t.frame, 0.9f);
  }
  const Path bridge = {scene.project(-0.045f, kEyeY - 0.005f, 0.05f), scene.project(0, kEyeY - 0.016f, 0.06f),
                       scene.project(0.045f, kEyeY - 0.005f, 0.05f)};
  painter.fill_with(ribbon(bridge, {thick, thick, thick}), t.frame, 0.95f);
}

void paint_jewels(Scene& scene) {
  const Traits& t = scene.traits;
  if (!t.earrings) return;
  const Colour metal = t.frame_round < 0.5f ? rgb(246, 214, 120) : rgb(244, 244, 250);
  for (const float side : {-1.0f, 1.0f}) {
    const Point lobe = scene.project(side * 0.345f * t.width, 0.575f);
    const float drop = t.male ? 0.016f : 0.034f;
    scene.painter.fill_with(ellipse({lobe.x, lobe.y + drop - 0.015f}, 0.017f, drop, 16), metal * 0.9f);
    scene.painter.fill_with(ellipse({lobe.x - 0.003f, lobe.y + drop - 0.022f}, 0.008f, drop * 0.4f, 12), rgb(255, 255, 250));
  }
}

}  // namespace facegan::image::portrait
