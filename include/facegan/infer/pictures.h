#pragma once
// What networks at hand, such as those of a run under way, make of latents and of pictures, by two paths:
// picture by picture, where a picture depends on its latent alone to the last byte, for everything that is
// written; and in chunks, which is faster, for figures. Free of LibTorch.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "facegan/core/random.h"
#include "facegan/image/image.h"
#include "facegan/infer/latents.h"

namespace facegan::nn {
class Network;
}
namespace facegan::spec {
struct Network;
}

namespace facegan::infer {

Latent draw_latent(std::uint64_t seed, core::Purpose purpose, std::uint64_t index, std::int64_t z);

// Running statistics, no dropout, fp32. Computes in this thread. z: with its condition behind it, where G is
// told one.
image::Image generate_picture(const nn::Network& g, std::span<const float> z);

// Likewise the pictures of all latents, by chunks as Sampler::pictures_by_chunks() says, in threads of its
// own.
std::vector<image::Image> generate_chunks(const nn::Network& g, std::span<const Latent> latents);
// Numbers of the largest activation of one picture.
std::int64_t largest_activation(const spec::Network& network);
// By the network alone: 32, or fewer where pictures are large; 1 for one that compares pictures.
std::size_t chunk_size(const nn::Network& g);

// D's output for a picture, as generate_picture() computes.
double discriminate(const nn::Network& d, const image::Image& picture);

}  // namespace facegan::infer
