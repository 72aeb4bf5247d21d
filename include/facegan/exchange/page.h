#pragma once
// A generator as one HTML file that computes its pictures in the browser.
#include <string>
#include <vector>

#include "facegan/exchange/network.h"
#include "facegan/infer/conditions.h"
#include "facegan/infer/latents.h"

namespace facegan::exchange {

// generator: with its batch norms folded in, or not. Numbers are stored in half precision, except for tensors
// that lose too much by it; the pictures are within 2 of 255 of the program's. directions: those that the
// page offers, strongest first, each of length 1.
std::string explore_page(const Network& generator, const infer::Conditions& conditions,
                         const std::vector<infer::Latent>& directions);

inline constexpr std::size_t kLargePage = 20 << 20;  // bytes, from which mail and phones are slow with it

}  // namespace facegan::exchange
