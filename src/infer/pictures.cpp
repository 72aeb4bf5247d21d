#include "infer/pictures.h"

#include <ATen/Context.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <cstring>
#include <optional>

#include "nn/pixels.h"

namespace facegan::infer {
namespace {

// For CUDA: fp32 whatever the run computes with, by algorithms that no race has chosen.
class Exact {
 public:
  Exact() {
    context_.setAllowTF32CuBLAS(false);
    context_.setAllowTF32CuDNN(false);
    context_.setBenchmarkCuDNN(false);
    context_.setDeterministicCuDNN(true);
  }
  Exact(const Exact&) = delete;
  ~Exact() {
    context_.setAllowTF32CuBLAS(tf32_cublas_);
    context_.setAllowTF32CuDNN(tf32_cudnn_);
    context_.setBenchmarkCuDNN(benchmark_);
    context_.setDeterministicCuDNN(deterministic_);
  }

 private:
  at::Context& context_ = at::globalContext();
  bool tf32_cublas_ = context_.allowTF32CuBLAS(), tf32_cudnn_ = context_.allowTF32CuDNN();
  bool benchmark_ = context_.benchmarkCuDNN(), deterministic_ = context_.deterministicCuDNN();
};

}  // namespace

std::vector<float> draw_latent(std::uint64_t seed, core::Purpose purpose, std::uint64_t index,
                               std::int64_t z) {
  std::vector<float> out(static_cast<std::size_t>(z));
  core::Random(seed, purpose, index).fill_normal(out.data(), out.size());
  return out;
}

image::Image generate_picture(const nn::Network& g, std::span<const float> z) {
  c10::AutoGradMode no_grad(false);
  std::optional<Exact> exact;
  if (g.device().is_cuda()) exact.emplace();
  const at::Tensor latent =
      at::from_blob(const_cast<float*>(z.data()), {1, static_cast<std::int64_t>(z.size())}, at::kFloat);
  const at::Tensor out = g.forward(latent.to(g.device()), {.training = false, .full_precision = true});
  const at::Tensor bytes = nn::to_bytes(out)[0];  // [H, W, C]
  image::Image picture(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)),
                       static_cast<int>(bytes.size(2)));
  std::memcpy(picture.pixels.data(), bytes.const_data_ptr<std::uint8_t>(), picture.pixels.size());
  return picture;
}

double discriminate(const nn::Network& d, const image::Image& picture) {
  c10::AutoGradMode no_grad(false);
  std::optional<Exact> exact;
  if (d.device().is_cuda()) exact.emplace();
  const at::Tensor bytes = at::from_blob(const_cast<unsigned char*>(picture.pixels.data()),
                                         {1, picture.height, picture.width, picture.channels}, at::kByte);
  return d.forward(nn::to_floats(bytes.to(d.device())), {.training = false, .full_precision = true})
      .item<double>();  // of [1]
}

}  // namespace facegan::infer
