#include "facegan/portrait/portrait.h"

#include <cmath>

#include "portrait/scene.h"

namespace facegan::portrait {
namespace {

Pose2d pose_of(const Traits& t) {
  return {{0, kEyeY}, t.roll, t.scale, t.shift};
}

}  // namespace

Lamp::Lamp(const Traits& t) : ambient(t.ambient) {
  z = 1 / std::sqrt(t.light.x * t.light.x + t.light.y * t.light.y + 1);
  x = t.light.x * z, y = t.light.y * z;
}

Scene::Scene(const Traits& t, int size)
    : traits(t),
      painter(size, pose_of(t)),
      steps(size <= 96    ? 4
            : size <= 320 ? 8
                          : 16),
      head(painter.mask()),
      hair(painter.mask()),
      shape(painter.mask()),
      light(static_cast<std::size_t>(size) * size, 1.0f),
      lamp(t) {}

// An ellipsoid whose outline is about the head's.
float Scene::skull_depth(float x, float y) const {
  const float u = x / (kHeadWidth * 1.04f * traits.width), v = (y - kHeadMiddleY) / 0.47f;
  return 0.27f * std::sqrt(upper(1 - u * u - v * v, 0));
}

// The picture is aligned by the eyes, so turning the head moves mostly its outline.
float Scene::axis() const {
  return -0.18f * std::sin(traits.yaw);
}

Point Scene::project(float x, float y, float raised) const {
  const float depth = skull_depth(x, y) + raised, eyes = 0.24f;
  const float sin_yaw = std::sin(traits.yaw), sin_pitch = std::sin(traits.pitch);
  return {x * (1 - 0.5f * sin_yaw * sin_yaw) + depth * sin_yaw + axis(), y + (depth - eyes) * sin_pitch};
}

Path Scene::project(Path path, float raised) const {
  for (Point& p : path) p = project(p.x, p.y, raised);
  return path;
}

float Scene::foreshortening(float x) const {
  return upper((project(x + 0.02f, kEyeY).x - project(x - 0.02f, kEyeY).x) * 25, 0.3f);
}

void Scene::clip_to_head(Mask& mask) const {
  for (int row = mask.box.y0; row < mask.box.y1; ++row) {
    const std::size_t start = static_cast<std::size_t>(row) * painter.size();
    for (std::size_t i = start + mask.box.x0; i < start + mask.box.x1; ++i)
      mask.coverage[i] *= head.coverage[i];
  }
}

const std::array<const char*, 40>& attribute_names() {
  static const std::array<const char*, 40> names = {"5_o_Clock_Shadow",
                                                    "Arched_Eyebrows",
                                                    "Attractive",
                                                    "Bags_Under_Eyes",
                                                    "Bald",
                                                    "Bangs",
                                                    "Big_Lips",
                                                    "Big_Nose",
                                                    "Black_Hair",
                                                    "Blond_Hair",
                                                    "Blurry",
                                                    "Brown_Hair",
                                                    "Bushy_Eyebrows",
                                                    "Chubby",
                                                    "Double_Chin",
                                                    "Eyeglasses",
                                                    "Goatee",
                                                    "Gray_Hair",
                                                    "Heavy_Makeup",
                                                    "High_Cheekbones",
                                                    "Male",
                                                    "Mouth_Slightly_Open",
                                                    "Mustache",
                                                    "Narrow_Eyes",
                                                    "No_Beard",
                                                    "Oval_Face",
                                                    "Pale_Skin",
                                                    "Pointy_Nose",
                                                    "Receding_Hairline",
                                                    "Rosy_Cheeks",
                                                    "Sideburns",
                                                    "Smiling",
                                                    "Straight_Hair",
                                                    "Wavy_Hair",
                                                    "Wearing_Earrings",
                                                    "Wearing_Hat",
                                                    "Wearing_Lipstick",
                                                    "Wearing_Necklace",
                                                    "Wearing_Necktie",
                                                    "Young"};
  return names;
}

std::array<bool, 40> attributes(std::uint64_t seed, std::uint64_t index) {
  return attributes(make_traits(seed, index));
}

image::Image draw(std::uint64_t seed, std::uint64_t index, int size, int channels) {
  const Traits traits = make_traits(seed, index);
  Scene scene(traits, size);
  paint_backdrop(scene);
  paint_hair_behind(scene);
  paint_body(scene);
  paint_head(scene);
  paint_beard(scene);
  paint_eyes(scene);
  paint_nose(scene);
  paint_mouth(scene);
  paint_brows(scene);
  paint_hair(scene);
  paint_glasses(scene);
  paint_jewels(scene);
  paint_hat(scene);
  if (traits.blurry) scene.painter.blur(0.026f);
  return scene.painter.finish(channels);
}

}  // namespace facegan::portrait
