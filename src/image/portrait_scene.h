#pragma once
// The picture while it is painted, and the parts that paint it, from back to front.
#include "image/portrait_traits.h"

namespace facegan::image::portrait {

// The usual face, in view coordinates; everything else is placed by these.
inline constexpr float kEyeY = 0.405f, kEyeX = 0.150f, kBrowY = 0.325f, kNoseY = 0.575f, kMouthY = 0.705f;
inline constexpr float kChinY = 0.885f, kHeadWidth = 0.335f, kHeadMiddleY = 0.46f;

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

  Mask head;                // coverage of face and cranium
  Mask hair;                // of the hair in front
  Mask shape;               // of whatever is being painted
  std::vector<float> light;  // [size * size], light on the skin, around 1; 1 off the head

  // Light on a surface that rises by (gx, gy) towards the viewer per view unit.
  float shade(float gx, float gy) const;
  float lamp_[3];
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

}  // namespace facegan::image::portrait
