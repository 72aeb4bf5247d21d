// The layer functions and the training step, against closed forms and against each other.
#include <ATen/Context.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <future>
#include <set>

#include "checkpoint/state.h"
#include "error_of.h"
#include "facegan/config/config.h"
#include "facegan/config/yaml.h"
#include "facegan/core/text.h"
#include "facegan/infer/pictures.h"
#include "facegan/run/folder.h"
#include "facegan/spec/catalogue.h"
#include "nn/forward.h"
#include "preset_names.h"
#include "temporary_folder.h"
#include "train/step.h"
#include "train/trainer.h"

namespace facegan {
namespace {

// LibTorch seeds its generator by chance.
class Seeded : public testing::Environment {
  void SetUp() override { at::manual_seed(3); }
};
const auto* const kSeeded = testing::AddGlobalTestEnvironment(new Seeded);

spec::Network network(const std::string& yaml, const std::string& name, const spec::Variables& v) {
  return spec::build_network(config::parse_yaml(yaml, "net.yaml"), name, v);
}

TEST(Nn, HasAForwardFunctionForEachLayerKind) {
  const auto& kinds = spec::layer_kinds();
  const auto& rows = nn::forward_table();
  ASSERT_EQ(kinds.size(), rows.size());
  for (std::size_t i = 0; i < kinds.size(); ++i) EXPECT_STREQ(kinds[i].name, rows[i].kind);
}

// <conv(x), y> = <x, conv_transpose(y)> for 'same' padding with the odd cell at the end.
TEST(Nn, SameConvTransposeIsTheGradientOfSameConv) {
  const spec::Variables v{8, 3, 4, 6 * 4 * 4};
  nn::Network conv(network("- conv: {filters: 6, kernel: 5, stride: 2, padding: same, bias: false}\n- "
                           "flatten\n- dense: {units: 1}",
                           "discriminator", v),
                   "d", at::kCPU, at::kDouble);
  nn::Network back(network("- reshape: {channels: 6, height: 4, width: 4}\n- conv_transpose: {filters: 3, "
                           "kernel: 5, stride: 2, padding: same, bias: false}",
                           "generator", v),
                   "g", at::kCPU, at::kDouble);
  at::manual_seed(3);
  const at::Tensor x = at::randn({2, 3, 8, 8}, at::kDouble).set_requires_grad(true),
                   y = at::randn({2, 6, 4, 4}, at::kDouble);
  const auto& layer = conv.spec().layers[0];
  const at::Tensor weight = at::randn({6, 3, 5, 5}, at::kDouble);
  const at::Tensor out = nn::forward_table()[1].forward({layer, &weight, {}, 0, {}}, x);
  ASSERT_EQ(out.sizes(), (std::vector<std::int64_t>{2, 6, 4, 4}));
  const at::Tensor expected = torch::autograd::grad({out.mul(y).sum()}, {x})[0];
  const at::Tensor got = nn::forward_table()[2].forward({back.spec().layers[1], &weight, {}, 0, {}}, y);
  EXPECT_TRUE(at::allclose(got, expected, 1e-12, 1e-12));
}

// A network makes the doubled picture only where another convolution than one of its pixels' own follows.
TEST(Nn, ConvolvesDoubledPicturesWithoutMakingThem) {
  const auto fused = [](const std::string& upsample, const std::string& conv) {
    const spec::Network g = network(core::str("- reshape: {channels: 2, height: 4, width: 4}\n- upsample: {",
                                              upsample, "}\n- conv: {filters: 3, ", conv, "}\n"),
                                    "generator", {8, 3, 4, 32});
    return nn::doubles(g.layers[1], g.layers[2]);
  };
  EXPECT_TRUE(fused("factor: 2", "kernel: 3, padding: same"));
  EXPECT_TRUE(fused("factor: 2", "kernel: 5, padding: 2"));
  EXPECT_FALSE(fused("factor: 2, mode: bilinear", "kernel: 3, padding: same"));
  EXPECT_FALSE(fused("factor: 4", "kernel: 3, padding: same, stride: 2"));
  EXPECT_FALSE(fused("factor: 2", "kernel: 1, padding: same"));
  nn::Network g(network("- reshape: {channels: 2, height: 4, width: 4}\n- upsample: {}\n- conv: {filters: 3, "
                        "kernel: 3, padding: same}",
                        "generator", {8, 3, 4, 32}),
                "g", at::kCPU, at::kDouble);
  g.initialise("he", 7);
  at::manual_seed(3);
  const at::Tensor z = at::randn({2, 32}, at::kDouble);
  const at::Tensor doubled = at::upsample_nearest2d(z.view({2, 2, 4, 4}), {8, 8});
  const at::Tensor wanted = at::conv2d(doubled, g.tensors()[0].tensor, g.tensors()[1].tensor, {1, 1}, {1, 1});
  EXPECT_TRUE(at::allclose(g.forward(z, {}), wanted, 1e-12, 1e-12));
}

// The matrix products that stand for convolutions over one cell equal the convolutions.
TEST(Nn, ShortcutsEqualTheirConvolutions) {
  const spec::Variables v{4, 3, 4, 5};
  nn::Network g(network("- conv_transpose: {filters: 3, kernel: 4}", "generator", v), "g", at::kCPU,
                at::kDouble);
  g.initialise("normal", 7);
  at::manual_seed(3);
  const at::Tensor z = at::randn({2, 5}, at::kDouble);
  const at::Tensor expected =
      at::conv_transpose2d(z.unsqueeze(-1).unsqueeze(-1), g.tensors()[0].tensor, g.tensors()[1].tensor);
  EXPECT_TRUE(at::allclose(g.forward(z, {}), expected, 1e-12, 1e-12));

  nn::Network d(network("- conv: {filters: 1, kernel: 4}", "discriminator", v), "d", at::kCPU, at::kDouble);
  d.initialise("glorot_uniform", 7);
  const at::Tensor x = at::randn({2, 3, 4, 4}, at::kDouble);
  const at::Tensor product =
      x.mul(d.tensors()[0].tensor).sum(at::IntArrayRef{1, 2, 3}).add(d.tensors()[1].tensor);
  EXPECT_TRUE(at::allclose(d.forward(x, {}), product, 1e-12, 1e-12));
}

TEST(Nn, KernelsNeedNotBeSquare) {
  nn::Network g(
      network("- conv_transpose: {filters: 3, kernel: [3, 2]}\n"
              "- conv_transpose: {filters: 2, kernel: [4, 6], stride: 2, padding: [1, 1, 2, 2]}\n"
              "- conv: {filters: 2, kernel: [3, 5], padding: same}\n- conv: {filters: 1, kernel: [1, 1]}",
              "generator", {{4, 6}, 1, 4, 5}),
      "g", at::kCPU, at::kDouble);
  g.initialise("normal", 7);
  const at::Tensor z = at::randn({2, 5}, at::kDouble);
  const auto all = g.tensors();
  const auto weight = [&](std::size_t i) { return all[2 * i].tensor; };
  const auto bias = [&](std::size_t i) { return all[2 * i + 1].tensor; };
  at::Tensor wanted = at::conv_transpose2d(z.view({2, 5, 1, 1}), weight(0), bias(0));
  wanted = at::conv_transpose2d(wanted, weight(1), bias(1), {2, 2}, {1, 2});
  wanted = at::conv2d(wanted, weight(2), bias(2), {1, 1}, {1, 2});
  wanted = at::conv2d(wanted, weight(3), bias(3));
  EXPECT_EQ(wanted.sizes(), (at::IntArrayRef{2, 1, 6, 4}));
  EXPECT_TRUE(at::allclose(g.forward(z, {}), wanted, 1e-12, 1e-12));
}

TEST(Nn, BiasedBatchVarianceFollowsKeras) {
  const spec::Variables v{2, 1, 4, 4};
  nn::Network g(
      network(
          "- batch_norm: {momentum: 0.25, variance: biased}\n- reshape: {channels: 1, height: 2, width: 2}",
          "generator", v),
      "g", at::kCPU, at::kDouble);
  at::manual_seed(3);
  const at::Tensor z = at::randn({3, 4}, at::kDouble);
  g.forward(z, {});
  const at::Tensor expected = z.var(0, false).mul(0.25).add(0.75);
  EXPECT_TRUE(at::allclose(g.tensors()[3].tensor, expected, 1e-12, 1e-12));
}

TEST(Nn, ReshapesPicturesToo) {
  nn::Network g(network("- reshape: {channels: 4, height: 8, width: 8}\n- relu\n- reshape: {channels: 1, "
                        "height: 16, width: 16}",
                        "generator", {16, 1, 4, 256}),
                "g", at::kCPU);
  const at::Tensor z = at::randn({2, 256}).abs();
  EXPECT_TRUE(at::equal(g.forward(z, {}), z.view({2, 1, 16, 16})));
}

TEST(Nn, DropoutIsAFunctionOfSeedStepAndOccurrence) {
  const spec::Variables v{8, 1, 4, 64};
  nn::Network g(
      network("- dropout: {rate: 0.3}\n- reshape: {channels: 1, height: 8, width: 8}", "generator", v), "g",
      at::kCPU);
  const at::Tensor z = at::randn({100, 64}).abs().add(1);
  const auto run = [&](std::uint64_t step, int occurrence) {
    return g.forward(z, {.seed = 5, .step = step, .occurrence = occurrence});
  };
  EXPECT_TRUE(at::equal(run(1, 0), run(1, 0)));
  EXPECT_FALSE(at::equal(run(1, 0), run(2, 0)));
  EXPECT_FALSE(at::equal(run(1, 0), run(1, 1)));
  const double kept = run(1, 0).ne(0).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(kept, 0.7, 0.03);  // 6,400 values: 5 standard deviations
  EXPECT_TRUE(at::equal(g.forward(z, {.training = false}), z.view({100, 1, 8, 8})));
}

TEST(Nn, LooksAtEachBatchOfAPassAlone) {
  const auto d_of = [](const std::string& layer) {
    nn::Network d(network("- conv: {filters: 4, kernel: 3, stride: 2}\n- " + layer +
                              "\n- conv: {filters: 1, kernel: 3}",
                          "discriminator", {8, 1, 4, 6}),
                  "d", at::kCPU, at::kDouble);
    d.initialise("he", 2);
    return d;
  };
  const nn::Network d = d_of("minibatch_stddev: {group: 3}");
  const at::Tensor a = at::randn({6, 1, 8, 8}, at::kDouble), b = at::randn({6, 1, 8, 8}, at::kDouble).mul(3);
  const at::Tensor apart = at::cat({d.forward(a, {}), d.forward(b, {})}), both = at::cat({a, b});
  EXPECT_TRUE(at::allclose(d.forward(both, {.batches = 2}), apart, 1e-12, 1e-12));
  EXPECT_FALSE(at::allclose(d.forward(both, {}), apart, 1e-3, 1e-3));
  EXPECT_TRUE(d.takes_batches_apart());
  EXPECT_FALSE(d_of("batch_norm").takes_batches_apart());
  EXPECT_FALSE(d_of("dropout").takes_batches_apart());
  EXPECT_FALSE(d_of("conv: {filters: 4, kernel: 1, spectral_norm: true}").takes_batches_apart());
}

// Weights that begin as nothing cannot be divided by their norm.
TEST(Nn, SpectralNormsTakeTheGainAway) {
  config::Request request;
  request.preset = "faces";
  request.flags = {{"size", "32", "test"}, {"d_norm", "spectral", "test"}};
  config::Config c = config::resolve(request, nullptr).config;
  c.discriminator = config::parse_yaml(
      "- conv: {filters: 4, kernel: 4, stride: 4}\n"
      "- residual: {layers: [leaky_relu, conv: {filters: 4, kernel: 1, gain: 0}]}\n"
      "- conv: {filters: 1, kernel: 8, gain: 0.1}",
      "d");
  nn::Network d(config::build_networks(c).discriminator, "d", at::kCPU);
  d.initialise(c.init_d, 1);
  EXPECT_TRUE(d.forward(at::randn({4, 3, 32, 32}), {}).isfinite().all().item<bool>());
}

TEST(Nn, FirstWeightsAreAFunctionOfTheSeed) {
  const auto make = [](std::uint64_t seed) {
    nn::Network d(
        network("- conv: {filters: 64, kernel: 4, stride: 4}\n- batch_norm\n- flatten\n- dense: {units: 1}",
                "discriminator", {16, 3, 4, 5}),
        "d", at::kCPU);
    d.initialise("normal", seed);
    return d;
  };
  const auto a = make(1), b = make(1), c = make(2);
  EXPECT_TRUE(at::equal(a.tensors()[0].tensor, b.tensors()[0].tensor));
  EXPECT_FALSE(at::equal(a.tensors()[0].tensor, c.tensors()[0].tensor));
  EXPECT_NEAR(a.tensors()[0].tensor.std().item<double>(), 0.02, 0.001);
  EXPECT_NEAR(a.tensors()[2].tensor.mean().item<double>(), 1, 0.02);
  EXPECT_EQ(a.tensors()[0].name, "d.0.weight");
  EXPECT_EQ(a.tensors()[3].name, "d.1.bias");
}

TEST(Nn, InitialisersHaveTheirSpread) {
  nn::Network d(
      network("- conv: {filters: 32, kernel: 4, stride: 4}\n- flatten\n- dense: {units: 40}\n- dense: "
              "{units: 1}",
              "discriminator", {16, 3, 4, 5}),
      "d", at::kCPU, at::kDouble);
  const auto weight = [&](std::size_t i) { return d.tensors()[i].tensor.flatten(1); };
  d.initialise("glorot_uniform", 3);
  const double limit = std::sqrt(6.0 / (48 + 512));
  EXPECT_LE(weight(0).abs().max().item<double>(), limit);
  EXPECT_NEAR(weight(0).std().item<double>(), limit / std::sqrt(3), 0.05 * limit);
  d.initialise("he", 3);
  EXPECT_NEAR(weight(0).std().item<double>(), std::sqrt(2.0 / 48), 0.01);
  d.initialise("orthogonal", 3);
  EXPECT_TRUE(at::allclose(weight(0).mm(weight(0).t()), at::eye(32, at::kDouble), 1e-9, 1e-9));  // 32 x 48
  EXPECT_EQ(d.tensors()[1].tensor.abs().max().item<double>(), 0);
  EXPECT_TRUE(at::allclose(weight(2).mm(weight(2).t()), at::eye(40, at::kDouble), 1e-9, 1e-9));  // 40 x 512
}

// Keras' frozen model: batch norms by running statistics, which stay; dropout as in training.
TEST(Nn, FrozenPassesLeaveRunningStatisticsAlone) {
  nn::Network g(network("- batch_norm\n- dropout: {rate: 0.5}\n- reshape: {channels: 1, height: 8, width: 8}",
                        "generator", {8, 1, 4, 64}),
                "g", at::kCPU);
  const at::Tensor z = at::randn({10, 64}).add(3);
  const at::Tensor out = g.forward(z, {.frozen = true}), calm = g.forward(z, {.training = false});
  EXPECT_EQ(g.tensors()[2].tensor.abs().max().item<float>(), 0);
  EXPECT_TRUE(at::allclose(out, calm.mul(out.ne(0)).mul(2)));
  EXPECT_LT(out.ne(0).to(at::kFloat).mean().item<float>(), 0.7);
}

// Neither phase moves anything but its own network's weights (and D's running statistics).
TEST(Train, HasAFunctionForEachNameOfTheCatalogue) {
  const auto names = [](const auto& rows) {
    std::vector<std::string> out;
    for (const auto& row : rows) out.emplace_back(row.name);
    return out;
  };
  EXPECT_EQ(names(train::losses()), spec::names_of(spec::losses()));
  EXPECT_EQ(names(train::update_orders()), spec::names_of(spec::update_orders()));
}

// Every preset takes a step; narrow where its file has a width. dcgan does in every order.
class TrainStep : public testing::TestWithParam<std::string> {};

TEST_P(TrainStep, ChangesBothNetworksAndCountsItsStatistics) {
  config::Request request;
  request.preset = GetParam();
  request.flags = {{"width", "4", "test"}};
  if (GetParam() != "mnist" && !GetParam().starts_with("faces"))
    request.flags.push_back({"size", "32", "test"});
  const config::Config c = config::resolve(request, nullptr).config;
  for (const auto& order : train::update_orders()) {
    if (c.preset != "dcgan" && c.update != order.name) continue;
    train::Model m(c, config::build_networks(c), at::kCPU);
    m.g.network.initialise(c.init_g, 1), m.d.network.initialise(c.init_d, 1);
    const at::Tensor g_before = m.g.network.parameters()[0].clone(),
                     d_before = m.d.network.parameters()[0].clone();
    config::Config in_order = c;
    in_order.update = order.name;
    const train::Recipe recipe(in_order);
    train::StepInput input = train::draw_input(recipe, 0, 2, c.z, at::kCPU);
    at::Generator seeded = at::globalContext().defaultGenerator(at::kCPU).clone();
    seeded.set_current_seed(3);
    input.real = at::randn({2, c.channels, c.size.height, c.size.width}, seeded).tanh();
    train::take_step(m, recipe, order, input);
    EXPECT_FALSE(at::equal(m.g.network.parameters()[0], g_before)) << order.name;
    EXPECT_FALSE(at::equal(m.d.network.parameters()[0], d_before)) << order.name;
    EXPECT_EQ(m.g.adam.steps().item<float>(), 1);
    EXPECT_NEAR(m.statistics[0].item<double>(), 2 * std::log(2), 1)
        << order.name;  // untrained: logits near 0
    EXPECT_FALSE(m.g.network.parameters()[0].grad().defined());
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, TrainStep, testing::ValuesIn(preset_names()), test_name_of);

TEST(Train, PicturesDoNotDependOnTheirNeighbours) {
  EXPECT_EQ(infer::draw_latent(1, core::Purpose::sample, 5, 100),
            infer::draw_latent(1, core::Purpose::sample, 5, 100));
  EXPECT_NE(infer::draw_latent(1, core::Purpose::sample, 5, 100),
            infer::draw_latent(1, core::Purpose::sample, 6, 100));
}

TEST(Checkpoint, EveryNewRunGetsAFolderOfItsOwn) {
  const TemporaryFolder folder;
  std::vector<std::future<std::filesystem::path>> runs;
  for (int i = 0; i < 8; ++i)
    runs.push_back(
        std::async(std::launch::async, [&] { return run::make_run_folder(folder / "runs", "x"); }));
  std::set<std::string> names;
  for (auto& run : runs) names.insert(run.get().filename().string());
  EXPECT_EQ(names.size(), 8u);
  EXPECT_EQ(*names.rbegin(), "0008-x");
}

TEST(Checkpoint, RestoresValuesAndKeepsTheMemoryLayout) {
  const at::Tensor a = at::randn({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast),
                   b = at::randn({7}, at::kDouble);
  const auto file =
      core::parse_safetensors(checkpoint::serialise({{"a", a}, {"b", b}}, {{"k", "v"}}), "memory");
  const at::Tensor a2 = at::zeros_like(a), b2 = at::zeros_like(b);
  checkpoint::restore(file, "memory", {{"a", a2}, {"b", b2}}, true);
  EXPECT_TRUE(at::equal(a, a2));
  EXPECT_TRUE(at::equal(b, b2));
  EXPECT_TRUE(a2.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(file.metadata.at("k"), "v");
}

TEST(Checkpoint, RefusesWhatDoesNotFitAndCopiesNothing) {
  const at::Tensor a = at::randn({2, 3}), b = at::randn({7});
  const auto file = core::parse_safetensors(checkpoint::serialise({{"a", a}, {"b", b}}, {}), "memory");
  const at::Tensor a2 = at::zeros_like(a);
  const auto message = [&](const std::vector<checkpoint::StateTensor>& state, bool exact) {
    const Error error = error_of([&] { checkpoint::restore(file, "memory", state, exact); });
    EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
    return std::string(error.what());
  };
  EXPECT_EQ(message({{"a", a2}, {"c", b}}, false), "memory does not fit this network: tensor 'c' is missing");
  EXPECT_EQ(message({{"a", a2}, {"b", at::zeros({8})}}, false),
            "memory does not fit this network: tensor 'b' is 7 instead of 8");
  EXPECT_EQ(message({{"a", a2}, {"b", at::zeros({7}, at::kDouble)}}, false),
            "memory does not fit this network: tensor 'b' is F32 instead of F64");
  EXPECT_EQ(message({{"a", a2}}, true),
            "memory does not fit this network: it holds 'b', which is not part of it");
  EXPECT_EQ(a2.abs().sum().item<float>(), 0);
}

// Before anything of CUDA is touched.
TEST(NnTrainer, BilinearUpsamplingHasNoExactGradientOnCuda) {
  config::Config c;
  c.dataset = "faces", c.faces_count = 8, c.batch = 4, c.size = 8, c.device = "cuda", c.deterministic = true;
  c.generator = config::parse_yaml(
      "- dense: {units: 3 * 4 * 4}\n- reshape: {channels: 3, height: 4, width: 4}\n"
      "- upsample: {factor: 2, mode: bilinear}\n- tanh\n",
      "g");
  c.discriminator = config::parse_yaml("- flatten\n- dense: {units: 1}\n", "d");
  const Error error = error_of([&] { train::Trainer(c, nullptr); });
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  EXPECT_NE(std::string(error.what()).find("has no deterministic gradient on CUDA"), std::string::npos)
      << error.what();
}

}  // namespace
}  // namespace facegan
