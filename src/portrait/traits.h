#pragma once
// Everything that decides a portrait, drawn once from (seed, index), before anything is painted.
#include <array>
#include <cstdint>

#include "portrait/paint.h"

namespace facegan::portrait {

enum class HairStyle { bald, fringe, buzz, parted, quiff, crop, curly, bob, straight, wavy, updo };
enum class Beard { none, stubble, moustache, goatee, full };
enum class Hat { none, beanie, cap, brim };
enum class Backdrop { plain, gradient, blurred };

struct Traits {
  bool male, young;

  // Pose and light.
  float yaw, pitch, roll, scale;  // radians; 1 = usual size
  Point shift;                    // of the whole head, in picture sizes
  Point light;                    // direction to the lamp: x to the right, y down
  float ambient;                  // light without direction, 0..1
  Color lamp;

  // Colours.
  float darkness;  // of the skin, 0..1
  Color skin, hair, iris, lips, cloth, collar, backdrop_a, backdrop_b;
  float rosy, makeup;  // 0..1
  bool pale;
  int hair_family;  // 0 black, 1 brown, 2 blond, 3 gray, 4 red

  // Head.
  float width, jaw, chin, pointed, cheek, cheekbones, chubby;
  bool double_chin;

  // Features.
  float eye_open, eye_tilt, eye_size, gaze, bags;
  float brow_thick, brow_arch, brow_lift;
  float nose_width, nose_length, nose_tip;
  float lip_full, mouth_width, smile, mouth_open, wrinkles;

  // Hair.
  HairStyle style;
  bool bangs, receding;
  float part, volume, length;
  std::array<float, 6> strand_phase;
  float sideburns;  // how far down, 0..1
  Beard beard;
  float beard_density;

  // Worn things.
  bool glasses, sunglasses, earrings, necklace, necktie, lipstick;
  float frame_round, frame_thick;
  Color frame, hat_color;
  Hat hat;

  Backdrop backdrop;
  float backdrop_angle;
  std::array<Spot, 4> backdrop_spots;
  std::array<float, 4> backdrop_spot_light;
  bool blurry;
};

Traits make_traits(std::uint64_t seed, std::uint64_t index);

// Whether the ears and the sides of the face lie under hair.
bool hair_is_long(const Traits& traits);

std::array<bool, 40> attributes(const Traits& traits);

}  // namespace facegan::portrait
