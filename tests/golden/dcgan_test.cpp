// Forward passes and three training steps in double against PyTorch (make_dcgan.py says how).
#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "facegan/config/config.h"
#include "train/step.h"

namespace facegan::train {
namespace {

using nlohmann::json;

json reference() {
  static const json numbers =
      json::parse(std::ifstream(FACEGAN_SOURCE_DIR "/tests/golden/dcgan_reference.json"));
  return numbers;
}

template <class Formula>
at::Tensor fill(at::IntArrayRef shape, Formula formula) {
  at::Tensor out = at::empty(shape, at::kDouble);
  for (std::int64_t k = 0; k < out.numel(); ++k) out.mutable_data_ptr<double>()[k] = formula(k);
  return out;
}

void set_first_values(const nn::Network& network, int first) {
  for (std::size_t i = 0; i < network.tensors().size(); ++i) {
    const double t = first + static_cast<double>(i);
    const auto& [name, tensor, spec] = network.tensors()[i];
    at::Tensor values;
    switch (spec->role) {
      case spec::Role::norm_scale:
        values = fill(tensor.sizes(), [t](auto k) { return 1 + 0.1 * std::cos(static_cast<double>(k) + t); });
        break;
      case spec::Role::running_mean:
        values = fill(tensor.sizes(), [](auto) { return 0.0; });
        break;
      case spec::Role::running_var:
        values = fill(tensor.sizes(), [](auto) { return 1.0; });
        break;
      default:
        values = fill(tensor.sizes(),
                      [t](auto k) { return 0.05 * std::sin(0.7 * static_cast<double>(k) + 1.3 * t); });
    }
    tensor.detach().copy_(values);
  }
}

struct Training {
  config::Config config =
      config::resolve(
          {.flags = {{"size", "32", "test"}, {"width", "8", "test"}, {"z", "16", "test"}}, .preset = "dcgan"},
          nullptr)
          .config;
  Model model{config, config::build_networks(config), at::kCPU, at::kDouble};
  Training() { set_first_values(model.g, 0), set_first_values(model.d, 100); }
  StepInput input(int step) const {
    const auto image = [step](auto k) {
      return 0.8 * std::sin(0.37 * static_cast<double>(k % 3072) + 0.9 * static_cast<double>(k / 3072) +
                            0.5 * step);
    };
    const auto latent = [step](auto k) {
      return std::sin(0.3 * static_cast<double>(k % 16) + 1.1 * static_cast<double>(k / 16) + 0.5 * step);
    };
    return {.real = fill({4, 3, 32, 32}, image).contiguous(at::MemoryFormat::ChannelsLast),
            .z = fill({4, 16}, latent),
            .step = static_cast<std::uint64_t>(step)};
  }
};

void expect_near(double got, double expected, const std::string& what) {
  EXPECT_NEAR(got, expected, 1e-9 * std::max(1.0, std::abs(expected)) + 1e-12) << what;
}

// [mean, mean of squares] of each tensor.
void expect_moments(const at::Tensor& tensor, const json& expected, const std::string& what) {
  expect_near(tensor.mean().item<double>(), expected[0].get<double>(), what + " mean");
  expect_near(tensor.square().mean().item<double>(), expected[1].get<double>(), what + " mean square");
}

void expect_network(const nn::Network& network, const json& expected, const std::string& what) {
  ASSERT_EQ(network.tensors().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    expect_moments(network.tensors()[i].tensor, expected[i], what + " " + network.tensors()[i].name);
}

TEST(GoldenDcgan, StartsFromTheSameValues) {
  const Training s;
  expect_network(s.model.g, reference()["initial"]["generator"], "initial");
  expect_network(s.model.d, reference()["initial"]["discriminator"], "initial");
}

TEST(GoldenDcgan, ForwardPassesEqualPyTorch) {
  const json expected = reference()["forward"];
  const Training s;
  const auto in = s.input(0);
  const at::Tensor made = s.model.g.forward(in.z, {});
  expect_moments(made, expected["generated"], "generated");
  const at::Tensor flat = made.contiguous().flatten();
  for (int i = 0; i < 8; ++i)
    expect_near(flat[i].item<double>(), expected["generated_first_8"][i].get<double>(), "generated value");
  const at::Tensor real = s.model.d.forward(in.real, {}), fake = s.model.d.forward(made, {});
  for (int i = 0; i < 4; ++i) {
    expect_near(real[i].item<double>(), expected["d_logits_real"][i].get<double>(), "real logit");
    expect_near(fake[i].item<double>(), expected["d_logits_generated"][i].get<double>(), "fake logit");
  }
  expect_moments(s.model.g.forward(in.z, {.training = false}), expected["generated_running_statistics"],
                 "inference");
}

class GoldenSteps : public testing::TestWithParam<const char*> {};

TEST_P(GoldenSteps, EqualPyTorch) {
  const json expected = reference()[GetParam()];
  Training s;
  for (int step = 0; step < 3; ++step) {
    const std::string what = "step " + std::to_string(step);
    s.model.statistics.zero_();
    find_update_order(GetParam()).run(s.model, Recipe(s.config), s.input(step));
    const char* names[kStatistics] = {"d_loss", "g_loss", "d_real", "d_fake", "d_accuracy"};
    for (int i = 0; i < kStatistics; ++i)
      expect_near(s.model.statistics[i].item<double>(), expected[step][names[i]].get<double>(),
                  what + " " + names[i]);
    expect_network(s.model.g, expected[step]["generator"], what);
    expect_network(s.model.d, expected[step]["discriminator"], what);
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, GoldenSteps, testing::Values("alternating", "simultaneous"),
                         [](const auto& order) { return std::string(order.param); });

}  // namespace
}  // namespace facegan::train
