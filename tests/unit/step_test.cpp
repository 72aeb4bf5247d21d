// Steps whose batch is split, and what steps are told to cost.
#include "train/step.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>

#include "facegan/config/yaml.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/train/cost.h"

namespace facegan::train {
namespace {

constexpr std::int64_t kBatch = 8;

// Networks of which every picture has its own way: a batch is what its parts are together.
constexpr const char* kG =
    "- dense: {units: 32}\n- silu\n- reshape: {channels: 8, height: 2, width: 2}\n- upsample: {factor: 2}\n"
    "- conv_transpose: {filters: 3, kernel: 4, stride: 2, padding: 1}\n- tanh\n";
constexpr const char* kD =
    "- conv: {filters: 8, kernel: 4, stride: 2, padding: 1}\n- leaky_relu\n- flatten\n- dense: {units: 1}\n";
// And with norms over the batch.
constexpr const char* kGNorms =
    "- dense: {units: 32}\n- batch_norm\n- silu\n- reshape: {channels: 8, height: 2, width: 2}\n"
    "- upsample: {factor: 2}\n- conv_transpose: {filters: 3, kernel: 4, stride: 2, padding: 1}\n- tanh\n";
constexpr const char* kDNorms =
    "- conv: {filters: 8, kernel: 4, stride: 2, padding: 1}\n- batch_norm\n- leaky_relu\n- dropout: {rate: "
    "0.3}\n"
    "- flatten\n- dense: {units: 1}\n";

config::Config small(const char* g, const char* d) {
  config::Config c;
  c.size = 8, c.z = 6, c.batch = kBatch, c.precision = "fp32";
  c.generator = config::parse_yaml(g, "g"), c.discriminator = config::parse_yaml(d, "d");
  return c;
}

Model model_of(const config::Config& c) {
  at::set_num_threads(1);  // too small to share
  Model m(c, config::build_networks(c), at::kCPU, at::kDouble);
  m.g.network.initialise("glorot_uniform", 1), m.d.network.initialise("glorot_uniform", 1);
  return m;
}

void take_steps(Model& m, const config::Config& c, int count) {
  at::Generator seeded = at::globalContext().defaultGenerator(at::kCPU).clone();
  seeded.set_current_seed(3);
  const Recipe recipe(c);
  for (int i = 0; i < count; ++i) {
    StepInput input = draw_input(recipe, static_cast<std::uint64_t>(i), kBatch, c.z, at::kCPU);
    input.real = at::randn({kBatch, c.channels, c.size.height, c.size.width}, seeded).tanh();
    for (const auto tensor : kStepTensors)
      if ((input.*tensor).defined()) input.*tensor = (input.*tensor).to(at::kDouble);
    take_step(m, recipe, find_update_order(c.update), input);
  }
}

class SplitBatch : public testing::TestWithParam<std::string> {};

TEST_P(SplitBatch, IsTheWholeOneWhereNothingJoinsPictures) {
  for (const auto& order : spec::update_orders()) {
    SCOPED_TRACE(order.name);
    config::Config c = small(kG, kD);
    c.loss = GetParam(), c.update = order.name;
    c.r1 = 0.1, c.gp = 0.2, c.penalty_every = 2, c.d_steps = 2;
    if (spec::find_loss(c.loss).has_labels) c.label_flip = 0.3, c.label_smoothing = 0.1;
    Model whole = model_of(c);
    take_steps(whole, c, 4);
    c.accumulate = 4;
    Model split = model_of(c);
    take_steps(split, c, 4);
    const auto expected = whole.state(), got = split.state();
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_TRUE(at::allclose(got[i].tensor, expected[i].tensor, 1e-8, 1e-9)) << got[i].name;
  }
}

std::vector<std::string> loss_names() {
  return spec::names_of(spec::losses());
}

INSTANTIATE_TEST_SUITE_P(Losses, SplitBatch, testing::ValuesIn(loss_names()), [](const auto& loss) {
  std::string name = loss.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// G's pictures are made again for its own update, which is no reason to move its statistics once more.
TEST(SplitBatchWithNorms, MovesTheStatisticsOfGOnceAPart) {
  config::Config c = small(kGNorms, kDNorms);
  c.accumulate = 2;
  Model stepped = model_of(c);
  take_steps(stepped, c, 1);
  const Model expected = model_of(c);
  const at::Tensor z = draw_input(Recipe(c), 0, kBatch, c.z, at::kCPU).z.to(at::kDouble);
  for (const at::Tensor& part : z.chunk(2)) expected.g.network.forward(part, {});
  int seen = 0;
  for (std::size_t i = 0; i < stepped.g.network.tensors().size(); ++i) {
    const auto& t = stepped.g.network.tensors()[i];
    if (t.spec->trainable()) continue;
    EXPECT_TRUE(at::allclose(t.tensor, expected.g.network.tensors()[i].tensor, 1e-12, 1e-12)) << t.name;
    ++seen;
  }
  EXPECT_EQ(seen, 2);
}

// A batch of two equal halves: with the same masks in both, its loss would be that of one.
TEST(SplitBatchWithNorms, DrawsOtherDropoutMasksForEachPart) {
  config::Config c = small(kG, "- dropout: {rate: 0.5}\n- flatten\n- dense: {units: 1}\n");
  const at::Tensor half = at::randn({kBatch / 2, 3, 8, 8}, at::kDouble),
                   z = at::randn({kBatch / 2, c.z}, at::kDouble);
  const auto loss_of = [&](const StepInput& input) {
    Model m = model_of(c);
    take_step(m, Recipe(c), find_update_order(c.update), input);
    return m.statistics[0].item<double>();
  };
  const double of_one = loss_of({.real = half, .z = z, .step = 5});
  const StepInput both{.real = at::cat({half, half}), .z = at::cat({z, z}), .step = 5};
  c.accumulate = 2;
  EXPECT_GT(std::abs(loss_of(both) - of_one), 1e-6);
  EXPECT_DOUBLE_EQ(loss_of(both), loss_of(both));
}

// A D that sees how much pictures vary: those of one batch, where the order judges two.
TEST(JudgedInOnePass, VarietyIsThatOfEachBatch) {
  for (const auto& [order, name, parts] : {std::tuple{"alternating", "relativistic", 1},
                                           {"alternating", "relativistic", 2},
                                           {"concatenated", "bce", 1}}) {
    SCOPED_TRACE(core::str(order, ' ', parts));
    config::Config c = small(kG,
                             "- conv: {filters: 8, kernel: 4, stride: 2, padding: 1}\n- leaky_relu\n"
                             "- minibatch_stddev\n- flatten\n- dense: {units: 1}\n");
    c.loss = name, c.update = order, c.accumulate = parts;
    Model stepped = model_of(c);
    const Model first = model_of(c);
    const nn::Network &g = first.g.network, &d = first.d.network;
    const Recipe recipe(c);
    StepInput input = draw_input(recipe, 0, kBatch, c.z, at::kCPU);
    input.z = input.z.to(at::kDouble);
    if (input.z_g.defined()) input.z_g = input.z_g.to(at::kDouble);
    input.real = at::randn({kBatch, 3, 8, 8}, at::kDouble).tanh();
    take_step(stepped, recipe, find_update_order(c.update), input);
    double apart = 0, as_one = 0;
    for (int i = 0; i < parts; ++i) {
      const at::Tensor real = input.real.chunk(parts)[i], fake = g.forward(input.z.chunk(parts)[i], {});
      const auto both = d.forward(at::cat({fake, real}), {}).chunk(2);
      const auto loss_of = [&](const at::Tensor& of_real, const at::Tensor& of_fake) {
        return recipe.loss->d_pair ? recipe.loss->d_pair(of_real, of_fake)
                                   : recipe.loss->d_real(of_real, at::ones_like(of_real))
                                         .add(recipe.loss->d_fake(of_fake, at::zeros_like(of_fake)));
      };
      apart += loss_of(d.forward(real, {}), d.forward(fake, {})).item<double>() / parts;
      as_one += loss_of(both[1], both[0]).item<double>() / parts;
    }
    const bool in_one = std::string(order) == "concatenated";
    const double got = stepped.statistics[0].item<double>();
    EXPECT_NEAR(got, in_one ? as_one : apart, 1e-12);
    EXPECT_GT(std::abs(got - (in_one ? apart : as_one)), 1e-6);
  }
}

TEST(StepKinds, FollowTheRecipe) {
  config::Config c = small(kG, kD);
  c.d_steps = 3, c.r1 = 1, c.penalty_every = 2;
  const Recipe recipe(c);
  EXPECT_EQ(recipe.kind(0), (StepKind{.updates_g = false, .has_penalty = true}));
  EXPECT_EQ(recipe.kind(1), (StepKind{}));
  EXPECT_EQ(recipe.kind(2), (StepKind{.updates_g = true, .has_penalty = true}));
}

// ---- cost ------------------------------------------------------------------------------------

// 1.14 G multiply-adds a picture for the DCGAN at 64x64: G three times but for one first layer, D eight times
// but for two.
TEST(Cost, CountsTheProductsOfAStep) {
  config::Config c = config::resolve({{}, "dcgan"}, nullptr).config;
  const auto networks = config::build_networks(c);
  const double whole = step_gflop_per_image(networks, c),
               of_g = 2e-9 * static_cast<double>(networks.generator.macs()),
               of_d = 2e-9 * static_cast<double>(networks.discriminator.macs());
  EXPECT_NEAR(whole, 2.28, 0.01);
  c.accumulate = 4;  // G's pictures once more
  EXPECT_NEAR(step_gflop_per_image(networks, c) - whole, of_g, 1e-9);
  c.update = "concatenated";
  EXPECT_NEAR(step_gflop_per_image(networks, c) - whole, of_g, 1e-9);
  c.accumulate = 1;
  EXPECT_NEAR(step_gflop_per_image(networks, c) - whole, of_g, 1e-9);
  c.r1 = 1, c.penalty_every = 8;
  EXPECT_NEAR(step_gflop_per_image(networks, c) - whole, of_g + of_d / 2, 1e-9);
  c.r1 = 0, c.update = "alternating", c.loss = "relativistic";  // D looks at real pictures again
  EXPECT_NEAR(step_gflop_per_image(networks, c) - whole, of_d, 1e-9);
  c.loss = "bce", c.update = "simultaneous";
  EXPECT_NEAR(whole - step_gflop_per_image(networks, c), of_d, 1e-9);
}

TEST(Cost, EstimatesBySteps) {
  config::Config c;
  c.batch = 10;
  EXPECT_DOUBLE_EQ(estimated_seconds(c, {.g = 1, .d = 0.5}, 3), 30 * (3 * 1 + 8 * 0.5));
  c.d_steps = 2, c.update = "simultaneous";
  EXPECT_DOUBLE_EQ(estimated_seconds(c, {.g = 1, .d = 0.5}, 3), 30 * (2 * 1 + 6.5 * 0.5));
}

TEST(Cost, OfTheDisk) {
  config::Config c;  // 8x8 pictures of 64x64x3, a grid an epoch
  const std::uint64_t grid = 2 * 64 * 64 * 64 * 3;
  EXPECT_EQ(estimated_disk_bytes(c, 5, 3, 1000), 3000 + 7 * grid);
  c.sample_every = "2";
  EXPECT_EQ(estimated_disk_bytes(c, 5, 3, 1000), 3000 + 4 * grid);
  c.sample_every = "30m";  // about one an epoch
  EXPECT_EQ(estimated_disk_bytes(c, 5, 3, 1000), 3000 + 7 * grid);
}

}  // namespace
}  // namespace facegan::train
