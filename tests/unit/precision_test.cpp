// bf16: products in bfloat16, everything that is kept in fp32.
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "facegan/config/yaml.h"
#include "facegan/spec/catalogue.h"
#include "preset_names.h"
#include "train/step.h"

namespace facegan::train {
namespace {

using Settings = std::vector<config::Setting>;
constexpr std::int64_t kBatch = 4;

config::Config small(const std::string& preset, const Settings& more = {}) {
  config::Request request;
  request.preset = preset;
  request.flags = {{"width", "8", "test"}};
  if (preset != "mnist" && !preset.starts_with("faces")) request.flags.push_back({"size", "32", "test"});
  request.flags.insert(request.flags.end(), more.begin(), more.end());
  return config::resolve(request, nullptr).config;
}

Model model_of(config::Config c, const std::string& precision) {
  c.precision = precision;
  Model m(c, config::build_networks(c), at::kCPU);
  m.g.network.initialise(c.init_g, 1), m.d.network.initialise(c.init_d, 1);
  return m;
}

// The sums of the statistics after some steps on the same input.
at::Tensor trained(Model& m, config::Config c, const std::string& order_name, int steps) {
  c.update = order_name;
  const auto& order = find_update_order(order_name);
  const Recipe recipe(c);
  at::Generator seeded = at::globalContext().defaultGenerator(at::kCPU).clone();
  seeded.set_current_seed(3);
  for (int i = 0; i < steps; ++i) {
    StepInput input = draw_input(recipe, static_cast<std::uint64_t>(i), kBatch, c.z, at::kCPU);
    input.real = at::randn({kBatch, c.channels, c.size.height, c.size.width}, seeded).tanh();
    take_step(m, recipe, order, input);
  }
  return m.statistics;
}

void expect_kept_in_fp32(const Model& m) {
  for (const nn::Network* network : {&m.g.network, &m.d.network}) {
    const auto parameters = network->parameters(), leaves = network->leaves();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      EXPECT_EQ(parameters[i].scalar_type(), at::kFloat);
      EXPECT_TRUE(parameters[i].isfinite().all().item<bool>());
      EXPECT_TRUE(at::equal(parameters[i].to(leaves[i].scalar_type()), leaves[i])) << "not refreshed";
    }
  }
  for (const auto& t : m.state()) EXPECT_NE(t.tensor.scalar_type(), at::kBFloat16) << t.name;
}

TEST(Precision, WeightsAreCopiesAndNormsAreNot) {
  const config::Config c = small("dcgan");
  const Model m = model_of(c, "bf16");
  int copies = 0;
  const auto parameters = m.d.network.parameters(), leaves = m.d.network.leaves();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const bool is_weight = parameters[i].dim() == 4;
    EXPECT_EQ(leaves[i].scalar_type(), is_weight ? at::kBFloat16 : at::kFloat);
    EXPECT_EQ(leaves[i].is_same(parameters[i]), !is_weight);
    EXPECT_EQ(leaves[i].strides(), parameters[i].strides());  // channels-last
    copies += is_weight;
  }
  EXPECT_EQ(copies, 4);
}

TEST(Precision, FullPrecisionIsThatOfAnFp32Network) {
  const config::Config c = small("dcgan");
  const Model half = model_of(c, "bf16"), full = model_of(c, "fp32");
  c10::AutoGradMode no_grad(false);
  const at::Tensor z = at::randn({4, c.z});
  const at::Tensor exact = full.g.network.forward(z, {.training = false});
  EXPECT_TRUE(at::equal(half.g.network.forward(z, {.training = false, .full_precision = true}), exact));
  const at::Tensor rounded = half.g.network.forward(z, {.training = false});
  EXPECT_EQ(rounded.scalar_type(), at::kFloat);
  EXPECT_FALSE(at::equal(rounded, exact));
  EXPECT_TRUE(at::allclose(rounded, exact, 0, 0.02));
}

class PrecisionOfPreset : public testing::TestWithParam<std::string> {};

TEST_P(PrecisionOfPreset, AStepIsThatOfFp32ButForRounding) {
  const config::Config c = small(GetParam());
  Model half = model_of(c, "bf16"), full = model_of(c, "fp32");
  const at::Tensor a = trained(half, c, c.update, 1), b = trained(full, c, c.update, 1);
  EXPECT_TRUE(at::allclose(a.slice(0, 0, 4), b.slice(0, 0, 4), 0.05, 0.02)) << a << b;
  expect_kept_in_fp32(half);
}

INSTANTIATE_TEST_SUITE_P(Presets, PrecisionOfPreset, testing::ValuesIn(preset_names()), test_name_of);

// Penalties differentiate twice; orders keep graphs for longer.
TEST(Precision, EveryLossPenaltyAndOrderTrains) {
  const std::string usual = "alternating";
  for (const auto& loss : spec::losses())
    for (const auto& order : update_orders()) {
      if (order.name != usual && loss.name != std::string("relativistic")) continue;
      const config::Config c =
          small("dcgan", {{"loss", loss.name, "test"}, {"r1", "0.1", "test"}, {"gp", "0.1", "test"}});
      Model half = model_of(c, "bf16"), full = model_of(c, "fp32");
      const at::Tensor a = trained(half, c, order.name, 2), b = trained(full, c, order.name, 2);
      EXPECT_TRUE(at::allclose(a.slice(0, 0, 2), b.slice(0, 0, 2), 0.1, 0.1))
          << loss.name << ' ' << order.name << a << b;
      expect_kept_in_fp32(half);
    }
}

// All that is not in a preset.
TEST(Precision, LayersOfAllKindsComputeInIt) {
  config::Config c = small("dcgan");
  c.generator = config::parse_yaml(
      "- dense: {units: 8 * 8 * 8}\n- pixel_norm\n- reshape: {channels: 8, height: 8, width: 8}\n"
      "- layer_norm\n- silu\n- self_attention: {reduction: 2}\n"
      "- residual: {layers: [{conv: {filters: 8, kernel: 3, padding: same}}, instance_norm, elu]}\n"
      "- upsample: {factor: 2, mode: bilinear}\n"
      "- conv_transpose: {filters: 3, kernel: 4, stride: 2, padding: 1}\n- tanh\n",
      "g");
  c.discriminator = config::parse_yaml(
      "- conv: {filters: 8, kernel: 3, padding: same, spectral_norm: true}\n- leaky_relu\n- avg_pool: "
      "{kernel: 2}\n"
      "- dropout: {rate: 0.3}\n- max_pool: {kernel: 2}\n- minibatch_stddev\n- flatten\n"
      "- dense: {units: 1, spectral_norm: true}\n",
      "d");
  Model half = model_of(c, "bf16"), full = model_of(c, "fp32");
  trained(full, c, "alternating", 1);
  trained(half, c, "alternating", 1);
  EXPECT_TRUE(half.statistics.isfinite().all().item<bool>());
  EXPECT_NEAR(half.statistics[0].item<double>(), full.statistics[0].item<double>(), 0.1);
  expect_kept_in_fp32(half);
}

}  // namespace
}  // namespace facegan::train
