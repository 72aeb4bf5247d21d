// Hair: one outline around skull and hairline, shaded as a dome of strands.
#include <array>
#include <cmath>

#include "portrait/scene.h"

namespace facegan::portrait {
namespace {

// The front hair: one outline around the skull, one along the face, joined at the ends of the hair.
struct Cut {
  // y of the hairline at x = 0, 0.11, 0.20 and 0.27 of either side: [0] left ... [6] right.
  std::array<float, 7> line;
  float top, side;  // thickness on top of and beside the skull
  float end;        // y at which the hair ends beside the face
  float curtain;    // x of the inner edge of long hair
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
    case bald:
    case fringe:
      break;
    case buzz:
      cut.top = 0.006f, cut.side = 0.002f;
      break;
    case parted:
      comb(0.42f);
      cut.side = 0.014f;
      break;
    case quiff:
      cut.top = 0.075f * v;
      cut.line = {0.31f, 0.20f, 0.155f, 0.15f, 0.155f, 0.20f, 0.31f};
      break;
    case crop:
      cut.line = {0.32f, 0.245f, 0.22f, 0.21f, 0.22f, 0.245f, 0.32f};
      cut.side = 0.018f;
      break;
    case curly:
      cut.top = 0.085f * v, cut.side = 0.05f + 0.03f * v, cut.end = t.male ? 0.47f : 0.66f;
      cut.line = {0.30f, 0.225f, 0.19f, 0.18f, 0.19f, 0.225f, 0.30f};
      break;
    case bob:
      comb(0.45f);
      cut.side = 0.045f + 0.02f * v;
      break;
    case straight:
      comb(0.45f);
      cut.side = 0.03f + 0.015f * v;
      break;
    case wavy:
      comb(0.50f);
      cut.side = 0.05f + 0.03f * v;
      cut.top = 0.065f * v;
      break;
    case updo:
      cut.top = 0.035f * v;
      cut.side = 0.006f;
      cut.end = 0.43f;
      break;
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
  Path path = {{0.17f * w, 0.058f - cut.top * 0.9f},
               {0.285f * w + s * 0.6f, 0.15f - cut.top * 0.35f},
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
template <bool curly, bool fine>
struct Strands {
  float operator()(float x, float y) const {
    if constexpr (curly) {
      const float a = wave(x * 7 + phase[0] + 0.2f * wave(y * 9)),
                  b = wave(y * 7 + phase[1] + 0.2f * wave(x * 9));
      return 1 + 0.16f * a * b;
    }
    const float fall = lower(upper(y + 0.12f, 0.05f), 0.55f);
    const float u = (x - axis + bend * wave(3.2f * y + phase[2])) / (0.14f + fall);
    const float broad = wave(u * 3.1f + phase[0]) + 0.7f * wave(u * 6.7f + phase[1]);
    if constexpr (!fine) return 1 + 0.11f * broad;
    return 1 + 0.11f * broad + detail * (wave(u * 15 + phase[4]) + 0.8f * wave(u * 29 + phase[5]));
  }
  std::array<float, 6> phase;
  float axis, bend, detail;  // x of the parting; amplitude of waves; strength of single strands
};

template <bool curly, bool fine>
void shade_with(Scene& scene, const Mask& mask, float brightness, float opacity) {
  const Traits& t = scene.traits;
  const float pixels = static_cast<float>(scene.painter.size());
  const Strands<curly, fine> strands{t.strand_phase, scene.project(t.part, 0.08f).x,
                                     t.style == HairStyle::wavy ? 0.02f : 0.0f,
                                     0.05f * clamp01((pixels - 64) / 96)};
  const float axis = scene.axis(), tilt = 0.12f * t.light.x;
  const float sheen = curly || t.style == HairStyle::buzz ? 0.044f : 0.154f;
  const Color gleam = mix(t.hair, Color{1, 0.95f, 0.88f}, 0.45f) * sheen, base = t.hair * t.lamp * brightness;
  scene.painter.paint(
      mask,
      [=, lamp = scene.lamp](int, float x, float y) {
        const float dx = x - axis;
        const float lit = lamp(-2.64f * dx, -1.5f * (lower(y, 0.6f) - 0.42f));
        const float tone = strands(x, y);
        // A ring of light around the crown, where the strands face the lamp.
        const float ring = (y - 0.10f - 0.9f * dx * dx - tilt * dx) * 8.5f;
        const float band = upper(1 - ring * ring, 0);
        return (base * (tone * tone) + gleam * (band * band * upper(tone - 0.72f, 0))) * lit;
      },
      opacity);
}

void shade_hair(Scene& scene, const Mask& mask, float brightness, float opacity) {
  if (scene.traits.style == HairStyle::curly)
    shade_with<true, false>(scene, mask, brightness, opacity);
  else if (scene.painter.size() > 64)
    shade_with<false, true>(scene, mask, brightness, opacity);
  else
    shade_with<false, false>(scene, mask, brightness, opacity);
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
  const Path half = {{0, 0.1f},         {0.25f * w, 0.15f},   {0.345f * w, 0.36f},
                     {0.36f * w, 0.6f}, {0.34f, end - 0.06f}, {0.26f, end}};
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
      const Path patch = {scene.project(side * 0.30f * w, 0.22f),  scene.project(side * 0.345f * w, 0.28f),
                          scene.project(side * 0.355f * w, 0.42f), scene.project(side * 0.32f * w, 0.50f),
                          scene.project(side * 0.295f * w, 0.42f), scene.project(side * 0.285f * w, 0.30f)};
      painter.fill(scene.shape, smooth(patch, scene.steps));
      painter.soften(scene.shape, 0.02f);
      shade_hair(scene, scene.shape, 1, 0.9f);
    }
    return;
  }
  painter.fill(scene.hair, hair_outline(scene));
  if (t.style == HairStyle::buzz) {
    painter.soften(scene.hair, 0.03f);
    scene.clip_to_head(scene.hair);
  }
  // The shadow that the hair throws on the face: its own shape, softened.
  scene.shape.box = scene.hair.box;
  scene.shape.coverage = scene.hair.coverage;
  painter.soften(scene.shape, 0.05f);
  scene.clip_to_head(scene.shape);
  painter.paint(
      scene.shape, [shadow = t.skin * Color{0.20f, 0.13f, 0.11f}](int, float, float) { return shadow; },
      t.style == HairStyle::buzz ? 0.15f : 0.45f);
  shade_hair(scene, scene.hair, 1, t.style == HairStyle::buzz ? 0.8f : 1);
}

}  // namespace facegan::portrait
