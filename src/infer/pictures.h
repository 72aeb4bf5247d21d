#pragma once
// What networks make of latents and of pictures, by two paths: picture by picture, where a picture depends on
// its latent alone to the last byte, for everything that is written; and in chunks, which is faster, for
// figures. Free of LibTorch's headers.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "facegan/core/random.h"
#include "facegan/image/image.h"
#include "facegan/infer/latents.h"

namespace facegan::nn {
class Network;
}

namespace facegan::infer {

Latent draw_latent(std::uint64_t seed, core::Purpose purpose, std::uint64_t index, std::int64_t z);

// Running statistics, no dropout, fp32. Computes in this thread.
image::Image generate_picture(const nn::Network& g, std::span<const float> z);

// Likewise the pictures of all latents, a chunk at a time by compute_each(): Sampler::pictures_by_chunks().
std::vector<image::Image> generate_chunks(const nn::Network& g, std::span<const Latent> latents);
// By the network alone: 32, or fewer where pictures are large; 1 for one that compares pictures.
std::size_t chunk_size(const nn::Network& g);

// D's output for a picture, as generate_picture() computes.
double discriminate(const nn::Network& d, const image::Image& picture);

// Whether a layer sees the pictures of a batch beside each other, also outside training: such a network must
// be given one at a time.
bool compares_pictures(const nn::Network& network);

// Calls work(i) for every i < count: on the CPU on all cores at once, each of which computes on one thread;
// on a GPU one after the other. Always in threads of its own, so that what LibTorch and its libraries keep of
// the calling thread, and what later threads begin with, stays as it is.
void compute_each(const nn::Network& network, std::size_t count,
                  const std::function<void(std::size_t)>& work);

}  // namespace facegan::infer
