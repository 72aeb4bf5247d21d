#include "facegan/infer/latents.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/error.h"

namespace facegan::infer {
namespace {

double dot(const Latent& a, const Latent& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

Latent combined(double weight_a, const Latent& a, double weight_b, const Latent& b) {
  Latent out(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) out[i] = static_cast<float>(weight_a * a[i] + weight_b * b[i]);
  return out;
}

}  // namespace

double length(const Latent& z) {
  return std::sqrt(dot(z, z));
}

Latent with_length(const Latent& z, double wanted) {
  const double now = length(z);
  return combined(now > 0 ? wanted / now : 1, z, 0, z);
}

Latent mean(const std::vector<Latent>& all) {
  Latent out(all.front().size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    double sum = 0;
    for (const Latent& z : all) sum += z[i];
    out[i] = static_cast<float>(sum / static_cast<double>(all.size()));
  }
  return out;
}

Latent lerp(const Latent& a, const Latent& b, double t) {
  return combined(1 - t, a, t, b);
}

Latent slerp(const Latent& a, const Latent& b, double t) {
  const double lengths = length(a) * length(b);
  const double angle = lengths > 0 ? std::acos(std::clamp(dot(a, b) / lengths, -1.0, 1.0)) : 0;
  const double sine = std::sin(angle);
  if (sine < 1e-6) return lerp(a, b, t);
  return combined(std::sin((1 - t) * angle) / sine, a, std::sin(t * angle) / sine, b);
}

std::vector<Latent> walk(const std::vector<Latent>& stops, const Walk& how) {
  const auto count = static_cast<std::int64_t>(stops.size());
  if (count < 2 || how.frames < 2) throw Error(ErrorKind::internal, "a walk of fewer than 2 stops or frames");
  const std::int64_t stretches = how.closed ? count : count - 1,
                     steps = how.closed ? how.frames : how.frames - 1;
  std::vector<Latent> frames;
  for (std::int64_t i = 0; i < how.frames; ++i) {
    const std::int64_t stretch = i * stretches / steps, rest = i * stretches % steps;
    const Latent &from = stops[static_cast<std::size_t>(stretch % count)],
                 &to = stops[static_cast<std::size_t>((stretch + 1) % count)];
    const double t = static_cast<double>(rest) / static_cast<double>(steps);
    frames.push_back(rest == 0 ? from : how.linear ? lerp(from, to, t) : slerp(from, to, t));
  }
  return frames;
}

Latent with_component(const Latent& z, const Latent& direction, double value) {
  return combined(1, z, value - dot(z, direction), direction);
}

Latent unit_direction(std::int64_t z, std::int64_t coordinate) {
  Latent unit(static_cast<std::size_t>(z));
  unit.at(static_cast<std::size_t>(coordinate)) = 1;
  return unit;
}

double Sweep::value(std::int64_t i) const {
  return from + (to - from) * static_cast<double>(i) / static_cast<double>(steps - 1);
}

std::vector<Latent> sweep(const std::vector<Latent>& starts, const std::vector<Latent>& directions,
                          const Sweep& how) {
  std::vector<Latent> latents;
  for (const Latent& direction : directions)
    for (const Latent& z : starts)
      for (std::int64_t i = 0; i < how.steps; ++i)
        latents.push_back(with_component(z, direction, how.value(i)));
  return latents;
}

}  // namespace facegan::infer
