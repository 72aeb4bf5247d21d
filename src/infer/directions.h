#pragma once
// Directions of latent space that a generator's weights name. Free of LibTorch.
#include <vector>

#include "facegan/infer/latents.h"

namespace facegan::nn {
class Network;
}

namespace facegan::infer {

// The principal components of the first layer's weights (Y. Shen, B. Zhou, "Closed-Form Factorization of
// Latent Semantics in GANs", CVPR 2021): with A [outputs, z] the matrix of that layer, the eigenvectors of
// A^T A with the largest eigenvalues, in double. Orthonormal, strongest first; of the two signs the one that
// makes the component of largest size positive. count: 1 to z. Error(usage) when the first layer with weights
// is not a dense or conv_transpose over z.
std::vector<Latent> principal_directions(const nn::Network& g, int count);

}  // namespace facegan::infer
