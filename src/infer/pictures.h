#pragma once
// Pictures from a generator, one at a time, so that a picture does not depend on its neighbours.
#include <cstdint>
#include <span>
#include <vector>

#include "facegan/core/random.h"
#include "facegan/image/image.h"
#include "nn/network.h"

namespace facegan::infer {

std::vector<float> draw_latent(std::uint64_t seed, core::Purpose purpose, std::uint64_t index,
                               std::int64_t z);
// Running statistics, no dropout, fp32.
image::Image generate_picture(const nn::Network& g, std::span<const float> z);

// D's output for a picture, likewise.
double discriminate(const nn::Network& d, const image::Image& picture);

}  // namespace facegan::infer
