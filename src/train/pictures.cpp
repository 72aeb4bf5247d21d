#include "train/pictures.h"

#include <ATen/Context.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <cstring>
#include <optional>

#include "train/step.h"

namespace facegan::train {
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
  // [-1, 1] -> 0..255, rounded; [1, C, H, W] -> [H, W, C].
  const at::Tensor bytes = out[0]
                               .permute({1, 2, 0})
                               .add(1)
                               .mul(127.5)
                               .round()
                               .clamp(0, 255)
                               .to(at::kByte)
                               .to(at::kCPU)
                               .contiguous();
  image::Image picture(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)),
                       static_cast<int>(bytes.size(2)));
  std::memcpy(picture.pixels.data(), bytes.const_data_ptr<std::uint8_t>(), picture.pixels.size());
  return picture;
}

double discriminate(const nn::Network& d, const image::Image& picture) {
  c10::AutoGradMode no_grad(false);
  std::optional<Exact> exact;
  if (d.device().is_cuda()) exact.emplace();
  const at::Tensor x = to_device(picture.pixels.data(), 1, picture.width, picture.channels, d.device());
  return d.forward(x, {.training = false, .full_precision = true}).item<double>();  // of [1]
}

}  // namespace facegan::train
