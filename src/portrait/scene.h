#pragma once
// The picture while it is painted, and the parts that paint it, from back to front.
#include <cmath>

#include "portrait/traits.h"

namespace facegan::portrait {

// The usual face, in view coordinates; everything else is placed by these.
inline constexpr float kEyeY = 0.405f, kEyeX = 0.150f, kBrowY = 0.325f, kNoseY = 0.575f, kMouthY = 0.705f;
inline constexpr float kChinY = 0.885f, kHeadWidth = 0.335f, kHeadMiddleY = 0.46f;

// One lamp and the light around it.
struct Lamp {
  explicit Lamp(const Traits& traits);
  // Light on a surface that rises by (gx, gy) towards the viewer per view unit: its normal is
  // (-gx, -gy, 1). Wrapped a little past the edge of the light.
  float operator()(float gx, float gy) const {
    const float facing = (z - gx * x - gy * y) / std::sqrt(1 + gx * gx + gy * gy);
    const float diffuse = upper((facing + 0.25f) * 0.8f, 0);
    return ambient + (1.22f - ambient) * diffuse * (0.4f + 0.6f * diffuse);
  }
  float x, y, z, ambient;  // direction to the lamp
};

struct Scene {
  Scene(const Traits& traits, int size);

  const Traits& traits;
  Painter painter;
  int steps;  // corners per curve

  // Head coordinates (x about the axis of a face that looks ahead) -> view: yaw and pitch move what
  // lies far in front (raised: beyond the skull) more than the outline.
  Point project(float x, float y, float raised = 0) const;
  Path project(Path path, float raised = 0) const;
  // How much narrower things at x look on the turned head.
  float foreshortening(float x) const;
  float skull_depth(float x, float y) const;
  float axis() const;  // x of the middle of the outline, in the view

  void clip_to_head(Mask& mask) const;

  Mask head;                 // coverage of face and cranium
  Mask hair;                 // of the hair in front
  Mask shape;                // of whatever is being painted
  std::vector<float> light;  // [size * size], light on the skin, around 1; 1 off the head

  Lamp lamp;
};

void paint_backdrop(Scene& scene);
void paint_hair_behind(Scene& scene);
void paint_body(Scene& scene);
void paint_head(Scene& scene);
void paint_beard(Scene& scene);
void paint_eyes(Scene& scene);
void paint_nose(Scene& scene);
void paint_mouth(Scene& scene);
void paint_hair(Scene& scene);
void paint_brows(Scene& scene);
void paint_glasses(Scene& scene);
void paint_jewels(Scene& scene);
void paint_hat(Scene& scene);

}  // namespace facegan::portrait
