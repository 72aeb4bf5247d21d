#include "facegan/infer/pictures.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "infer/exact.h"
#include "infer/model.h"
#include "nn/network.h"
#include "nn/pixels.h"

namespace facegan::infer {
namespace {

// x: on the host.
at::Tensor forward(const nn::Network& network, const at::Tensor& x, const at::Tensor& labels = {}) {
  std::optional<Exact> exact;
  if (network.device().is_cuda()) exact.emplace();
  at::Tensor in = x.to(network.device());
  if (in.scalar_type() == at::kByte) in = nn::to_floats(in);
  nn::Pass pass{.training = false, .full_precision = true};
  if (labels.defined()) pass.labels = labels.to(network.device());
  return network.forward(std::move(in), pass);
}

// What a generator takes for a picture: the latent, then the condition.
std::int64_t numbers_of(const nn::Network& g) {
  return g.spec().in[0] + g.spec().conditions;
}

// x: [N, numbers_of(g)]
at::Tensor generate(const nn::Network& g, const at::Tensor& x) {
  const std::int64_t z = g.spec().in[0], conditions = g.spec().conditions;
  if (conditions == 0) return forward(g, x);
  return forward(g, x.narrow(1, 0, z), x.narrow(1, z, conditions));
}

void check_length(const nn::Network& g, std::span<const float> z) {
  const std::int64_t wanted = numbers_of(g);
  if (static_cast<std::int64_t>(z.size()) != wanted)
    throw Error(ErrorKind::internal,
                core::str("a generator of latents of ", wanted, " numbers got one of ", z.size()));
}

// bytes: [N, H, W, C]
image::Image picture_of(const at::Tensor& bytes, std::size_t n) {
  image::Image picture(static_cast<int>(bytes.size(2)), static_cast<int>(bytes.size(1)),
                       static_cast<int>(bytes.size(3)));
  std::memcpy(picture.pixels.data(), bytes.const_data_ptr<std::uint8_t>() + n * picture.pixels.size(),
              picture.pixels.size());
  return picture;
}

// The network sees `size` latents, zeros after those there are.
std::vector<image::Image> generate_chunk(const nn::Network& g, std::span<const Latent> latents,
                                         std::size_t size) {
  c10::AutoGradMode no_grad(false);
  const at::Tensor z = at::zeros({static_cast<std::int64_t>(size), numbers_of(g)}, at::kFloat);
  for (std::size_t i = 0; i < latents.size(); ++i) {
    check_length(g, latents[i]);
    std::copy(latents[i].begin(), latents[i].end(), z.mutable_data_ptr<float>() + i * latents[i].size());
  }
  const at::Tensor bytes = nn::to_bytes(generate(g, z));
  std::vector<image::Image> pictures;
  for (std::size_t i = 0; i < latents.size(); ++i) pictures.push_back(picture_of(bytes, i));
  return pictures;
}

// Of a chunk. On two cores at 64x64 and width 64 the processor's rate is reached with 32 pictures;
// activations of more than 16 MiB are slower again, at 256x256 by a quarter, and there is one chunk to each
// core.
constexpr std::int64_t kMostPictures = 32, kMostNumbers = 4 << 20;

}  // namespace

Latent draw_latent(std::uint64_t seed, core::Purpose purpose, std::uint64_t index, std::int64_t z) {
  Latent out(static_cast<std::size_t>(z));
  core::Random(seed, purpose, index).fill_normal(out.data(), out.size());
  return out;
}

image::Image generate_picture(const nn::Network& g, std::span<const float> z) {
  c10::AutoGradMode no_grad(false);
  check_length(g, z);
  const at::Tensor latent =
      at::from_blob(const_cast<float*>(z.data()), {1, static_cast<std::int64_t>(z.size())}, at::kFloat);
  return picture_of(nn::to_bytes(generate(g, latent)), 0);
}

std::int64_t largest_activation(const spec::Network& network) {
  std::int64_t largest = 1;
  spec::for_each_layer(network.layers, [&](const spec::Layer& layer) {
    largest = std::max({largest, spec::elements(layer.out), layer.inside});
  });
  return largest;
}

std::size_t chunk_size(const nn::Network& g) {
  if (compares_pictures(g)) return 1;
  const std::int64_t largest = largest_activation(g.spec());
  std::int64_t chunk = kMostPictures;
  while (chunk > 1 && chunk * largest > kMostNumbers) chunk /= 2;
  return static_cast<std::size_t>(chunk);
}

std::vector<image::Image> generate_chunks(const nn::Network& g, std::span<const Latent> latents) {
  const std::size_t size = chunk_size(g);
  std::vector<image::Image> out(latents.size());
  const auto make = [&](std::size_t k) {
    const auto rest = latents.subspan(k * size);
    std::ranges::move(generate_chunk(g, rest.first(std::min(size, rest.size())), size),
                      out.begin() + static_cast<std::ptrdiff_t>(k * size));
  };
  compute_each(g, (latents.size() + size - 1) / size, make, size);
  return out;
}

double discriminate(const nn::Network& d, const image::Image& picture) {
  c10::AutoGradMode no_grad(false);
  const at::Tensor bytes = at::from_blob(const_cast<unsigned char*>(picture.pixels.data()),
                                         {1, picture.height, picture.width, picture.channels}, at::kByte);
  return forward(d, bytes).item<double>();  // of [1]
}

}  // namespace facegan::infer
