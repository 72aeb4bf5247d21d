// Gradients of every loss and penalty against central differences, in double.
#include "train/losses.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "facegan/config/yaml.h"
#include "nn/network.h"

namespace facegan::train {
namespace {

using at::Tensor;

// Smooth networks with the layers that a second derivative has to pass: convolutions, norms, a residual
// block, attention, pooling, upsampling.
constexpr const char* kGenerator =
    "- dense: {units: 32}\n- batch_norm\n- silu\n- reshape: {channels: 8, height: 2, width: 2}\n"
    "- upsample: {factor: 2, mode: bilinear}\n- pixel_norm\n"
    "- conv_transpose: {filters: 2, kernel: 5, stride: 2, padding: same}\n- tanh";
constexpr const char* kDiscriminator =
    "- conv: {filters: 4, kernel: 3, stride: 2, padding: same, spectral_norm: true}\n- tanh\n"
    "- residual: {layers: [{conv: {filters: 8, kernel: 3, padding: 1}}, instance_norm, silu], skip: [{conv: "
    "{filters: 8, kernel: 1}}]}\n"
    "- self_attention: {reduction: 4}\n- layer_norm\n- minibatch_stddev: {group: 2}\n- avg_pool: {kernel: "
    "2}\n"
    "- zero_pad: {bottom: 1}\n- batch_norm\n- sigmoid\n- flatten\n- dense: {units: 1}";

nn::Network network(const char* yaml, const char* name, std::uint64_t seed) {
  const spec::Variables v{8, 2, 4, 6};
  nn::Network out(spec::build_network(config::parse_yaml(yaml, name), name, v), name, at::kCPU, at::kDouble);
  out.initialise("glorot_uniform", seed);
  // Gates start at 0 and biases too: nothing would pass.
  for (const auto& t : out.tensors())
    if (t.spec->trainable()) t.tensor.variable_data().add_(at::randn(t.tensor.sizes(), at::kDouble), 0.1);
  return out;
}

class LossGradient : public testing::TestWithParam<std::string> {
 protected:
  // The gradient of value() by the parameters, in directions drawn at random, against differences.
  template <class Value>
  static void expect_gradient(const nn::Network& net, Value value) {
    const auto parameters = net.parameters();
    const std::vector<Tensor> gradients =
        torch::autograd::grad({value()}, parameters, {}, false, false, /*allow_unused=*/true);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Tensor direction = at::randn(parameters[i].sizes(), at::kDouble);
      const Tensor& gradient = gradients[i];
      const double expected = gradient.defined() ? gradient.mul(direction).sum().item<double>() : 0;
      const double h = 1e-6;
      Tensor data = parameters[i].variable_data();
      data.add_(direction, h);
      const double above = value().template item<double>();
      data.add_(direction, -2 * h);
      const double below = value().template item<double>();
      data.add_(direction, h);
      EXPECT_NEAR((above - below) / (2 * h), expected, 1e-6 * std::max(1.0, std::abs(expected)))
          << "parameter " << i;
    }
  }

  // First of all: what follows draws from it. Threads cost more than they bring here.
  const struct Start {
    Start() { at::manual_seed(5), at::set_num_threads(1); }
  } start;
  nn::Pass pass{.update_running = false};
  nn::Network g = network(kGenerator, "generator", 1), d = network(kDiscriminator, "discriminator", 2);
  Tensor z = at::randn({4, 6}, at::kDouble);
  Tensor real = at::randn({4, 2, 8, 8}, at::kDouble).tanh().set_requires_grad(true);
};

TEST_P(LossGradient, OfTheDiscriminatorEqualsDifferences) {
  const Loss& loss = find_loss(GetParam());
  const Tensor fake = g.forward(z, pass).detach();
  expect_gradient(d, [&] {
    const Tensor r = d.forward(real, pass), f = d.forward(fake, pass);
    return loss.d_pair ? loss.d_pair(r, f)
                       : loss.d_real(r, at::full_like(r, 0.9)).add(loss.d_fake(f, at::zeros_like(f)));
  });
}

TEST_P(LossGradient, OfTheGeneratorEqualsDifferences) {
  const Loss& loss = find_loss(GetParam());
  const Tensor r = d.forward(real, pass).detach();
  expect_gradient(g, [&] { return loss.g(r, d.forward(g.forward(z, pass), pass)); });
}

INSTANTIATE_TEST_SUITE_P(Losses, LossGradient,
                         testing::Values("bce", "minimax", "lsgan", "hinge", "wgan-gp", "relativistic"),
                         [](const auto& loss) { return loss.param == "wgan-gp" ? "wgan_gp" : loss.param; });

using PenaltyGradient = LossGradient;

TEST_P(PenaltyGradient, EqualsDifferences) {
  expect_gradient(d, [&] {
    const Tensor gradient = picture_gradient(d.forward(real, pass), real);
    return GetParam() == "r1" ? r1_penalty(gradient) : gradient_penalty(gradient);
  });
}

INSTANTIATE_TEST_SUITE_P(Penalties, PenaltyGradient, testing::Values("r1", "gp"),
                         [](const auto& penalty) { return penalty.param; });

}  // namespace
}  // namespace facegan::train
