#include "portrait/traits.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/random.h"

// One draw per expression: the order in which C++ evaluates arguments is not fixed.
namespace facegan::portrait {
namespace {

using core::Random;

float uniform(Random& random, float low, float high) {
  return static_cast<float>(random.uniform(low, high));
}

// Normal, cut off at two deviations.
float normal(Random& random, float mean, float deviation) {
  return mean + deviation * static_cast<float>(std::clamp(random.normal(), -2.0, 2.0));
}

// Index of a weighted choice.
int choose(Random& random, std::initializer_list<double> weights) {
  double sum = 0;
  for (const double w : weights) sum += w;
  double left = random.uniform() * sum;
  int i = 0;
  for (const double w : weights) {
    left -= w;
    if (left < 0) return i;
    ++i;
  }
  return i - 1;
}

Color hsv(float hue, float saturation, float value) {
  const auto channel = [&](float offset) {
    const float k = std::fmod(offset + hue * 6, 6.0f);
    return 255 * value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f));
  };
  const float r = channel(5), g = channel(3), b = channel(1);
  return rgb(r, g, b);
}

Color skin_color(Random& random, float darkness) {
  static const Color tones[] = {rgb(250, 220, 202), rgb(240, 200, 174), rgb(229, 183, 150),
                                rgb(214, 164, 126), rgb(190, 138, 100), rgb(152, 104, 72),
                                rgb(116, 76, 54),   rgb(88, 58, 44)};
  const float place = darkness * 6.999f;
  const int i = static_cast<int>(place);
  const Color tone = mix(tones[i], tones[i + 1], place - static_cast<float>(i));
  const float warm = uniform(random, -0.05f, 0.05f), rosy = uniform(random, -0.03f, 0.05f);
  return {tone.r * (1 + rosy * 0.5f), tone.g * (1 - rosy), tone.b * (1 - warm - rosy * 0.5f)};
}

Color hair_color(Random& random, int family) {
  const float t = uniform(random, 0, 1);
  switch (family) {
    case 0:
      return mix(rgb(26, 21, 20), rgb(48, 38, 34), t);
    case 1:
      return mix(rgb(66, 43, 30), rgb(126, 86, 56), t);
    case 2:
      return mix(rgb(176, 134, 82), rgb(228, 198, 142), t);
    case 3:
      return mix(rgb(128, 125, 122), rgb(214, 212, 208), t);
    default:
      return mix(rgb(112, 48, 26), rgb(178, 88, 42), t);
  }
}

void draw_pose(Random& random, Traits& t) {
  t.yaw = normal(random, 0, 0.17f);
  t.pitch = normal(random, 0, 0.07f);
  t.roll = normal(random, 0, 0.045f);
  t.scale = normal(random, 1.05f, 0.02f);
  t.shift.x = normal(random, 0, 0.008f);
  t.shift.y = normal(random, -0.018f, 0.008f);
  t.light.x = uniform(random, -0.75f, 0.75f);
  t.light.y = uniform(random, -0.75f, -0.25f);
  t.ambient = uniform(random, 0.30f, 0.55f);
  const float warmth = uniform(random, -0.06f, 0.08f), strength = uniform(random, 0.9f, 1.08f);
  t.lamp = Color{1 + warmth, 1, 1 - warmth} * strength;
}

void draw_colors(Random& random, Traits& t) {
  const double tone = random.uniform();
  t.pale = tone < 0.045;
  t.darkness = static_cast<float>(std::pow(tone, 1.7));
  t.skin = skin_color(random, t.darkness);
  const double aged = t.young ? 0.01 : 0.22;
  if (t.darkness > 0.62f)
    t.hair_family = choose(random, {0.84, 0.14, 0.02, aged, 0});
  else
    t.hair_family = choose(random, {0.22, 0.42, t.male ? 0.13 : 0.28, aged, 0.07});
  t.hair = hair_color(random, t.hair_family);
  const Color irises[] = {rgb(70, 42, 24), rgb(96, 64, 36), rgb(108, 100, 56), rgb(92, 132, 168),
                          rgb(112, 128, 132)};
  t.iris =
      irises[t.darkness > 0.5f ? choose(random, {0.8, 0.2}) : choose(random, {0.25, 0.25, 0.15, 0.25, 0.1})];
  t.makeup = !t.male && random.chance(0.66) ? uniform(random, 0.5f, 1) : 0;
  t.lipstick = t.makeup > 0 || (!t.male && random.chance(0.35));
  t.rosy = random.chance(t.male ? 0.02 : 0.10) ? 1 : uniform(random, 0, 0.3f);
  const Color bare = t.skin * Color{0.86f, 0.58f, 0.58f};
  const float stick_hue = uniform(random, 0.93f, 1.02f), stick_depth = uniform(random, 0.5f, 0.85f);
  const Color stick = hsv(stick_hue, stick_depth, uniform(random, 0.6f, 0.9f));
  t.lips = t.lipstick ? mix(bare, stick, 0.75f) : bare;
  // Formal dark, white, or a colour.
  const int cloth = choose(random, {0.4, 0.2, 0.4});
  const float hue = uniform(random, 0, 1), grey = uniform(random, 25, 70),
              vivid = uniform(random, 0.35f, 0.8f);
  t.cloth = cloth == 0   ? rgb(grey, grey, grey * 1.15f)
            : cloth == 1 ? rgb(225, 225, 228)
                         : hsv(hue, 0.55f, vivid);
  t.collar = cloth == 1 ? rgb(70, 80, 120) : hsv(hue + 0.5f, 0.15f, 0.92f);
}

void draw_head(Random& random, Traits& t) {
  t.chubby = random.chance(0.065) ? uniform(random, 0.7f, 1) : 0;
  t.double_chin = random.chance(t.chubby > 0 ? 0.55 : (t.young ? 0.005 : 0.06));
  t.width = normal(random, t.male ? 1.01f : 0.98f, 0.025f) + 0.05f * t.chubby;
  t.jaw = lower(normal(random, t.male ? 1.06f : 0.94f, 0.05f) + 0.08f * t.chubby, 1.12f);
  t.chin = normal(random, t.male ? 0.004f : -0.006f, 0.01f);
  t.pointed = uniform(random, 0, 1);
  t.cheek = normal(random, 1.0f, 0.02f) + 0.06f * t.chubby;
}

void draw_features(Random& random, Traits& t) {
  t.smile =
      random.chance(t.male ? 0.42 : 0.53) ? uniform(random, 0.6f, 1.0f) : uniform(random, -0.12f, 0.38f);
  const bool smiling = t.smile > 0.5f;
  t.mouth_open = random.chance(smiling ? 0.74 : 0.24) ? uniform(random, 0.35f, 1.0f) : 0;
  t.cheekbones =
      random.chance(smiling ? 0.7 : 0.2) ? uniform(random, 0.8f, 1.2f) : uniform(random, 0.1f, 0.5f);
  t.mouth_width = normal(random, 1.0f, 0.06f);
  t.lip_full = random.chance(t.darkness > 0.6f ? 0.45 : 0.18) ? uniform(random, 1.35f, 1.6f)
                                                              : uniform(random, 0.7f, 1.2f);
  const bool narrow = random.chance(0.115);
  t.eye_open = narrow ? uniform(random, 0.5f, 0.62f) : uniform(random, 0.82f, 1.15f);
  t.eye_size = normal(random, t.male ? 0.97f : 1.04f, 0.03f);
  t.eye_tilt = normal(random, 0.003f, 0.005f);
  t.gaze = random.chance(0.75) ? normal(random, 0, 0.05f) : uniform(random, -0.14f, 0.14f);
  t.bags = random.chance(t.young ? 0.14 : 0.4) ? uniform(random, 0.7f, 1) : uniform(random, 0, 0.25f);
  t.brow_thick = random.chance(t.male ? 0.27 : 0.05) ? uniform(random, 1.4f, 1.7f)
                                                     : uniform(random, t.male ? 0.85f : 0.65f, 1.15f);
  t.brow_arch =
      random.chance(t.male ? 0.06 : 0.42) ? uniform(random, 0.9f, 1.2f) : uniform(random, 0.1f, 0.55f);
  t.brow_lift = normal(random, 0, 0.006f);
  t.nose_width =
      random.chance(t.male ? 0.35 : 0.14) ? uniform(random, 1.2f, 1.4f) : uniform(random, 0.82f, 1.1f);
  t.nose_length = normal(random, 1.0f, 0.06f);
  t.nose_tip = random.chance(0.28) ? uniform(random, 0.85f, 1.0f) : uniform(random, 0.2f, 0.6f);
  t.wrinkles = t.young ? uniform(random, 0, 0.15f) : uniform(random, 0.55f, 1.0f);
}

void draw_hair(Random& random, Traits& t) {
  using enum HairStyle;
  static constexpr HairStyle kMale[] = {bald, fringe, buzz, parted, quiff, crop, curly, straight, wavy};
  static constexpr HairStyle kFemale[] = {crop, curly, bob, straight, wavy, updo};
  if (t.male)
    t.style = kMale[choose(random, {0.035, t.young ? 0.005 : 0.05, 0.16, 0.32, 0.18, 0.16,
                                    t.darkness > 0.6f ? 0.12 : 0.05, 0.03, 0.04})];
  else
    t.style = kFemale[choose(random, {0.04, t.darkness > 0.6f ? 0.14 : 0.05, 0.15, 0.27, 0.38, 0.13})];
  const bool can_bang = t.style == crop || t.style == bob || t.style == straight || t.style == wavy;
  t.bangs = random.chance(0.27) && can_bang;
  const bool can_recede = t.style == buzz || t.style == parted || t.style == quiff || t.style == crop;
  t.receding = random.chance(t.young ? 0.12 : 0.5) && can_recede && !t.bangs;
  t.part = random.chance(0.3) ? 0.0f : uniform(random, 0.07f, 0.15f);
  if (random.chance(0.5)) t.part = -t.part;
  t.volume = uniform(random, 0.6f, 1.3f);
  t.length = t.style == bob ? uniform(random, 0.70f, 0.84f) : uniform(random, 0.95f, 1.2f);
  for (float& phase : t.strand_phase) phase = uniform(random, 0, 1);
  t.sideburns = t.male && random.chance(0.13) ? uniform(random, 0.8f, 1) : uniform(random, 0, 0.4f);
  t.beard = t.male ? static_cast<Beard>(choose(random, {0.54, 0.19, 0.06, 0.10, 0.11})) : Beard::none;
  t.beard_density = uniform(random, 0.75f, 0.95f);
}

void draw_worn(Random& random, Traits& t) {
  // Glasses and hats are more than twice as frequent as in photographs, so that small networks learn them
  // soon.
  t.glasses = random.chance(t.male ? 0.18 : 0.12) || (!t.young && random.chance(0.12));
  t.sunglasses = random.chance(0.22) && t.glasses;
  t.frame_round = uniform(random, 0, 1);
  t.frame_thick = uniform(random, 0.007f, 0.014f);
  const float frame = uniform(random, 15, 75);
  t.frame = random.chance(0.7) ? rgb(frame, frame * 0.9f, frame * 0.85f) : rgb(150, 120, 70);
  t.earrings = random.chance(t.male ? 0.015 : 0.30);
  t.necklace = random.chance(t.male ? 0.01 : 0.20);
  t.necktie = random.chance(t.male ? 0.165 : 0.0);
  t.hat =
      random.chance(t.male ? 0.14 : 0.10) ? static_cast<Hat>(1 + choose(random, {0.4, 0.3, 0.3})) : Hat::none;
  const float hue = uniform(random, 0, 1), value = uniform(random, 0.2f, 0.75f);
  t.hat_color = hsv(hue, uniform(random, 0.1f, 0.6f), value);
}

void draw_backdrop(Random& random, Traits& t) {
  t.backdrop = static_cast<Backdrop>(choose(random, {0.3, 0.4, 0.3}));
  // Walls and skies more often than violet and pink.
  const float place = uniform(random, 0, 1), hue = place < 0.45f  ? 0.05f + place * 0.25f
                                                   : place < 0.9f ? 0.25f + place * 0.45f
                                                                  : place;
  const float saturation = uniform(random, 0.02f, 0.42f);
  const float value = uniform(random, 0.18f, 0.92f), step = uniform(random, 0.12f, 0.4f);
  t.backdrop_a = hsv(hue, saturation, value);
  const float second = hue + uniform(random, -0.12f, 0.12f);
  t.backdrop_b =
      hsv(second < 0 ? second + 1 : second, saturation * 0.9f, value > 0.55f ? value - step : value + step);
  if (t.backdrop == Backdrop::plain) t.backdrop_b = mix(t.backdrop_a, t.backdrop_b, 0.15f);
  t.backdrop_angle = uniform(random, -3.14159f, 3.14159f);
  for (std::size_t i = 0; i < t.backdrop_spots.size(); ++i) {
    Spot& spot = t.backdrop_spots[i];
    spot.centre.x = uniform(random, -0.6f, 0.6f);
    spot.centre.y = uniform(random, -0.1f, 1.0f);
    spot.rx = uniform(random, 0.15f, 0.5f);
    spot.ry = uniform(random, 0.2f, 0.6f);
    t.backdrop_spot_light[i] =
        random.chance(0.5) ? uniform(random, 0.35f, 0.7f) : uniform(random, 1.3f, 2.0f);
  }
  t.blurry = random.chance(0.05);
}

}  // namespace

// The order of the draws is part of what a seed means: append, do not reorder.
Traits make_traits(std::uint64_t seed, std::uint64_t index) {
  Random random(seed, core::Purpose::faces, index);
  Traits t{};
  t.male = random.chance(0.42);
  t.young = random.chance(t.male ? 0.68 : 0.84);
  draw_pose(random, t);
  draw_colors(random, t);
  draw_head(random, t);
  draw_features(random, t);
  draw_hair(random, t);
  draw_worn(random, t);
  draw_backdrop(random, t);
  if (t.hat != Hat::none) {
    t.bangs = t.receding = false;
    if (t.style == HairStyle::updo || t.style == HairStyle::curly) t.style = HairStyle::crop;
    if (t.style == HairStyle::bald || t.style == HairStyle::fringe) t.style = HairStyle::buzz;
  }
  if (t.necktie) t.necklace = false;
  return t;
}

bool hair_is_long(const Traits& t) {
  return t.style == HairStyle::bob || t.style == HairStyle::straight || t.style == HairStyle::wavy;
}

std::array<bool, 40> attributes(const Traits& t) {
  using enum HairStyle;
  const bool hair = t.style != bald && t.style != fringe;
  const bool eyes = !t.sunglasses;
  return {
      t.beard == Beard::stubble,                                               // 5_o_Clock_Shadow
      t.brow_arch > 0.7f,                                                      // Arched_Eyebrows
      false,                                                                   // Attractive
      t.bags > 0.5f && eyes,                                                   // Bags_Under_Eyes
      !hair,                                                                   // Bald
      t.bangs,                                                                 // Bangs
      t.lip_full > 1.3f,                                                       // Big_Lips
      t.nose_width > 1.15f,                                                    // Big_Nose
      hair && t.hair_family == 0,                                              // Black_Hair
      hair && t.hair_family == 2,                                              // Blond_Hair
      t.blurry,                                                                // Blurry
      hair && t.hair_family == 1,                                              // Brown_Hair
      t.brow_thick > 1.3f,                                                     // Bushy_Eyebrows
      t.chubby > 0.5f,                                                         // Chubby
      t.double_chin && t.beard != Beard::full,                                 // Double_Chin
      t.glasses,                                                               // Eyeglasses
      t.beard == Beard::goatee,                                                // Goatee
      hair && t.hair_family == 3,                                              // Gray_Hair
      t.makeup > 0.5f,                                                         // Heavy_Makeup
      t.cheekbones > 0.7f,                                                     // High_Cheekbones
      t.male,                                                                  // Male
      t.mouth_open > 0,                                                        // Mouth_Slightly_Open
      t.beard == Beard::moustache,                                             // Mustache
      t.eye_open < 0.7f && eyes,                                               // Narrow_Eyes
      t.beard == Beard::none,                                                  // No_Beard
      t.jaw < 0.96f && t.chubby == 0 && t.pointed > 0.25f,                     // Oval_Face
      t.pale,                                                                  // Pale_Skin
      t.nose_tip > 0.8f,                                                       // Pointy_Nose
      t.receding,                                                              // Receding_Hairline
      t.rosy > 0.5f,                                                           // Rosy_Cheeks
      t.sideburns > 0.7f && hair && !hair_is_long(t),                          // Sideburns
      t.smile > 0.5f,                                                          // Smiling
      t.style == bob || t.style == straight || (t.style == parted && t.male),  // Straight_Hair
      t.style == wavy || t.style == curly,                                     // Wavy_Hair
      t.earrings,                                                              // Wearing_Earrings
      t.hat != Hat::none,                                                      // Wearing_Hat
      t.lipstick,                                                              // Wearing_Lipstick
      t.necklace,                                                              // Wearing_Necklace
      t.necktie,                                                               // Wearing_Necktie
      t.young,                                                                 // Young
  };
}

}  // namespace facegan::portrait
