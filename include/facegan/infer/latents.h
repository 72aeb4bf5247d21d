#pragma once
// Arithmetic of latent vectors. Free of LibTorch.
#include <cstdint>
#include <vector>

namespace facegan::infer {

using Latent = std::vector<float>;  // [z]; all vectors of one call are of one length

double length(const Latent& z);
// Scaled to a length; a vector of zeros stays one.
Latent with_length(const Latent& z, double wanted);
Latent mean(const std::vector<Latent>& all);

// From a (t = 0) to b (t = 1) by the straight line.
Latent lerp(const Latent& a, const Latent& b, double t);
// The same along the arc between them (K. Shoemake, "Animating rotation with quaternion curves", SIGGRAPH
// 1985; for latents T. White, "Sampling Generative Networks", arXiv 1609.04468, section 2.1): a normal vector
// of many numbers has a length near sqrt(z), and so has everything on the way, where the straight line passes
// through shorter ones that the generator has hardly seen. Straight where the two are (anti)parallel.
Latent slerp(const Latent& a, const Latent& b, double t);

struct Walk {
  std::int64_t frames = 60;  // of the whole walk, at least 2
  bool closed = false;       // back to the first stop, which does not come a second time: to be repeated
  bool linear = false;
};
// Frame i is as far between the stops (2 or more) as it is in the walk, every stretch as long as the others;
// a frame that falls on a stop is that stop, and an open walk begins and ends on one.
std::vector<Latent> walk(const std::vector<Latent>& stops, const Walk& how);

// z with its component along a direction of length 1 set to a value: of a normal z it is a normal number,
// whatever the direction, and with a unit vector it is a coordinate.
Latent with_component(const Latent& z, const Latent& direction, double value);
// The direction of length 1 along a coordinate, 0 to z - 1.
Latent unit_direction(std::int64_t z, std::int64_t coordinate);

struct Sweep {
  double from = -3, to = 3;
  std::int64_t steps = 7;              // at least 2
  double value(std::int64_t i) const;  // of step i: `from` at the first, `to` at the last
};
// Each start with its component along each direction (of length 1) set to each value: steps after steps,
// those of all starts along the first direction, then along the next.
std::vector<Latent> sweep(const std::vector<Latent>& starts, const std::vector<Latent>& directions,
                          const Sweep& how);

}  // namespace facegan::infer
