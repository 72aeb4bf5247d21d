// Networks that leave the house: what they compute there is what they compute here.
#include <ATen/Context.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "error_of.h"
#include "facegan/core/half.h"
#include "facegan/exchange/card.h"
#include "facegan/exchange/network.h"
#include "facegan/exchange/onnx.h"
#include "facegan/exchange/page.h"
#include "facegan/exchange/safetensors.h"
#include "facegan/exchange/torchscript.h"
#include "made_model.h"
#include "temporary_folder.h"

namespace facegan::exchange {
namespace {

// All that a generator may have.
constexpr const char* kEveryGenerator =
    "  - dense: {units: 24, bias: false, spectral_norm: true}\n"
    "  - batch_norm\n"
    "  - elu: {alpha: 0.7}\n"
    "  - label: {units: 3}\n"
    "  - layer_norm\n"
    "  - conv_transpose: {filters: 12, kernel: 4}\n"
    "  - batch_norm: {eps: 0.001}\n"
    "  - relu\n"
    "  - conv_transpose: {filters: 8, kernel: 5, stride: 2, padding: same}\n"
    "  - instance_norm\n"
    "  - silu\n"
    "  - self_attention: {reduction: 2}\n"
    "  - upsample: {factor: 2, mode: bilinear}\n"
    "  - residual:\n"
    "      layers:\n"
    "        - conv: {filters: 8, kernel: 3, padding: 1, groups: 2}\n"
    "        - batch_norm\n"
    "        - leaky_relu: {slope: 0.3}\n"
    "      skip:\n"
    "        - conv: {filters: 8, kernel: [3, 1], padding: same, spectral_norm: true}\n"
    "  - pixel_norm\n"
    "  - relu6\n"
    "  - zero_pad: {top: 1, right: 2}\n"
    "  - conv: {filters: 8, kernel: [2, 3]}\n"
    "  - dropout: {rate: 0.4}\n"
    "  - upsample: {factor: 2}\n"
    "  - max_pool: {kernel: 2}\n"
    "  - layer_norm\n"
    "  - minibatch_stddev\n"
    "  - flatten\n"
    "  - reshape: {channels: 9, height: 16, width: 16}\n"
    "  - sigmoid\n"
    "  - conv: {filters: 3, kernel: 4, padding: [1, 2, 2, 1]}\n"
    "  - tanh\n"
    "  - dropout\n";
constexpr const char* kEveryDiscriminator =
    "  - conv: {filters: 8, kernel: 4, stride: 2, padding: same, spectral_norm: true}\n"
    "  - batch_norm\n"
    "  - leaky_relu: {slope: 0.2}\n"
    "  - avg_pool: {kernel: 2}\n"
    "  - projection:\n"
    "      layers:\n"
    "        - minibatch_stddev\n"
    "        - conv: {filters: 1, kernel: 4}\n";

config::Config every_layer() {
  config::Config c =
      config::from_yaml(core::str("preset: made\nsize: 16\nchannels: 3\nz: 8\ncondition: digit\ngenerator:\n",
                                  kEveryGenerator, "discriminator:\n", kEveryDiscriminator),
                        "made");
  return c;
}

class Exchange : public testing::Test {
 protected:
  run::Loaded made(const config::Config& config) const {
    at::manual_seed(5);
    make_model(file_, config, [](const nn::NamedTensor& t) {  // nothing is zero, as it is at the start
      const at::Tensor values = t.tensor.detach();
      if (t.spec->role == spec::Role::running_var) values.uniform_(0.3, 1.5);
      if (t.spec->role == spec::Role::norm_scale) values.uniform_(0.5, 1.5);
      for (const auto role :
           {spec::Role::bias, spec::Role::norm_shift, spec::Role::running_mean, spec::Role::projection})
        if (t.spec->role == role) values.normal_(0, 0.3);
    });
    run::Loaded loaded = run::load_file(file_);
    if (config.condition == "none") return loaded;
    loaded.file.metadata[run::kKeyConditions] = "0\n1\n2\n3\n4\n5\n6\n7\n8\n9";
    const std::uint64_t begin = loaded.file.data.size();
    loaded.file.data += std::string(10, '\0');
    loaded.file.tensors.push_back({infer::Conditions::kTensor, "I8", {1, 10}, begin, begin + 10});
    return loaded;
  }
  // The same networks as the program computes them, with its tensors.
  static nn::Network own(const run::Loaded& loaded, Part part) {
    config::Networks specs = config::build_networks(loaded.config());
    const bool g = part == Part::generator;
    nn::Network network(g ? specs.generator : specs.discriminator, g ? "g" : "d", at::kCPU);
    std::vector<checkpoint::StateTensor> tensors;
    for (const auto& t : network.tensors()) tensors.push_back({t.name, t.tensor});
    checkpoint::restore(loaded.file, loaded.path.string(), tensors, /*exact=*/false);
    return network;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "made.safetensors";
};

void expect_same_as_script(const Network& network, const nn::Network& own, const at::Tensor& x,
                           const at::Tensor& labels) {
  std::istringstream bytes(torchscript(network));
  torch::jit::Module module = torch::jit::load(bytes);
  std::vector<c10::IValue> inputs = {x};
  if (labels.defined()) inputs.emplace_back(labels);
  const at::Tensor there = module.forward(inputs).toTensor();
  nn::Pass pass{.training = false};
  if (labels.defined()) pass.labels = labels;
  const at::Tensor here = own.forward(x, pass).detach();
  EXPECT_TRUE(at::allclose(there.flatten(), here.flatten(), 1e-4, 1e-5))
      << there.flatten().sub(here.flatten()).abs().max();
  EXPECT_GT(here.abs().max().item<double>(), 1e-3);
}

TEST_F(Exchange, EveryLayerComputesTheSame) {
  const run::Loaded loaded = made(every_layer());
  const at::Tensor labels = at::rand({1, 10});
  for (const bool fold : {false, true}) {
    Network g = load_network(loaded, Part::generator), d = load_network(loaded, Part::discriminator);
    if (fold) fold_batch_norms(g), fold_batch_norms(d);
    expect_same_as_script(g, own(loaded, Part::generator), at::randn({1, 8}), labels);
    expect_same_as_script(d, own(loaded, Part::discriminator), at::rand({1, 3, 16, 16}), labels);
  }
}

TEST_F(Exchange, EveryKindOfLayerIsInTheTest) {
  const config::Networks networks = config::build_networks(every_layer());
  std::set<std::string> used;
  for (const spec::Network* network : {&networks.generator, &networks.discriminator})
    spec::for_each_layer(network->layers, [&](const spec::Layer& layer) { used.insert(layer.kind->name); });
  for (const spec::LayerKind& kind : spec::layer_kinds()) EXPECT_TRUE(used.contains(kind.name)) << kind.name;
}

TEST_F(Exchange, FoldingLeavesNoNormBehindAProduct) {
  const run::Loaded loaded = made(made_config());
  Network g = load_network(loaded, Part::generator);
  const std::size_t operations = g.program.operations.size(), tensors = g.tensors.size();
  fold_batch_norms(g);
  EXPECT_EQ(g.program.operations.size(), operations - 2);
  EXPECT_EQ(g.tensors.size(), tensors - 8);  // two biases were there before
  EXPECT_EQ(program_json(g).find("batch_norm"), std::string::npos);
  expect_same_as_script(g, own(loaded, Part::generator), at::randn({3, 8}), {});
}

// A norm of what two layers read, or of the input, stays.
TEST_F(Exchange, FoldsOnlyWhatNothingElseReads) {
  const run::Loaded loaded =
      made(made_config("  - batch_norm\n"
                       "  - conv_transpose: {filters: 8, kernel: 4}\n"
                       "  - residual: {layers: [batch_norm]}\n"
                       "  - upsample: {factor: 4}\n"
                       "  - conv: {filters: 3, kernel: 1}\n"));
  Network g = load_network(loaded, Part::generator);
  const std::size_t before = g.program.operations.size();
  fold_batch_norms(g);
  EXPECT_EQ(g.program.operations.size(), before);
  expect_same_as_script(g, own(loaded, Part::generator), at::randn({2, 8}), {});
}

TEST_F(Exchange, TheProgramSaysShapesAndTensors) {
  const Network g = load_network(made(made_config()), Part::generator);
  const auto json = nlohmann::json::parse(program_json(g));
  EXPECT_EQ(json["input"], nlohmann::json({8}));
  EXPECT_EQ(json["output"], nlohmann::json({3, 16, 16}));
  EXPECT_EQ(json["conditions"], 0);
  const auto first = json["operations"][0];
  EXPECT_EQ(first["op"], "conv_transpose");
  EXPECT_EQ(first["in"], nlohmann::json({0}));
  EXPECT_EQ(first["weight"], "0.weight");
  EXPECT_EQ(first["stride"], 1);
  EXPECT_EQ(first["crop"], nlohmann::json({0, 0, 0, 0}));
  EXPECT_EQ(g.step, 30);
  EXPECT_EQ(g.epoch, 3);
  EXPECT_EQ(g.run, "made");
}

TEST_F(Exchange, SafetensorsReadBack) {
  const Network d = load_network(made(made_config()), Part::discriminator);
  const auto file = core::parse_safetensors(safetensors(d), "made");
  EXPECT_EQ(file.metadata.at("facegan.program"), program_json(d));
  EXPECT_EQ(file.metadata.at("format"), "pt");
  ASSERT_TRUE(file.find("0.weight"));
  EXPECT_EQ(file.find("0.weight")->shape, (spec::Shape{8, 3, 4, 4}));
  EXPECT_EQ(file.tensors.size(), d.tensors.size());
}

TEST_F(Exchange, OnnxNamesItsInputsAndOutput) {
  const std::string bytes = onnx(load_network(made(every_layer()), Part::generator));
  for (const char* name : {"z", "conditions", "generated", "batch", "ConvTranspose", "InstanceNormalization"})
    EXPECT_NE(bytes.find(name), std::string::npos) << name;
}

TEST_F(Exchange, ThePageHoldsTheModelAndNoMarkupOfItsNames) {
  config::Config config = made_config();
  Network g = load_network(made(config), Part::generator);
  g.run = "</script><b>&";
  const std::string page = explore_page(g, {}, {infer::Latent(8, 0.5F)});
  EXPECT_EQ(page.find("<!--@"), std::string::npos);
  EXPECT_EQ(page.find("</script><b>"), std::string::npos);
  const std::size_t begin = page.find("id=\"model\">") + 11;
  const auto json = nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  EXPECT_EQ(json["name"], g.run);
  EXPECT_EQ(json["directions"]["count"], 1);
  EXPECT_EQ(json["tensors"]["0.weight"]["type"], "F16");
  EXPECT_EQ(json["tensors"]["1.weight"]["type"], "F32");
}

TEST_F(Exchange, RefusesTensorsThatDoNotFit) {
  const run::Loaded loaded = made(made_config());
  core::SafetensorsFile file = loaded.file;
  std::erase_if(file.tensors, [](const auto& tensor) { return tensor.name == "g.3.weight"; });
  const std::string why = error_of([&] { load_network({loaded.path, file}, Part::generator); }).what();
  EXPECT_EQ(why, loaded.path.string() + ": has no tensor g.3.weight");
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  const auto both = [](float value) { return core::from_half(core::to_half(value)); };
  EXPECT_EQ(both(1), 1);
  EXPECT_EQ(both(-0.5F), -0.5F);
  EXPECT_EQ(both(1 + 0x1p-11F), 1);                // half way, to even
  EXPECT_EQ(both(1 + 3 * 0x1p-11F), 1 + 0x1p-9F);  // likewise, up
  EXPECT_EQ(both(65504), 65504);
  EXPECT_EQ(both(65519), 65504);
  EXPECT_TRUE(std::isinf(both(65520)));
  EXPECT_EQ(both(0x1p-24F), 0x1p-24F);
  EXPECT_EQ(both(0x1p-26F), 0);
  EXPECT_EQ(both(1023.7F * 0x1p-24F), 0x1p-14F);
  EXPECT_TRUE(std::isnan(both(std::numeric_limits<float>::quiet_NaN())));
  for (std::uint32_t half = 0; half < 0x7c00; ++half)
    ASSERT_EQ(core::to_half(core::from_half(static_cast<std::uint16_t>(half))), half);
}

TEST_F(Exchange, TheCardHasWhatAReaderMustKnow) {
  const Network g = load_network(made(made_config()), Part::generator);
  const std::string card = model_card(g, {{"model.safetensors"}, {{"SWD", "12.5"}}, 1234, "sample.png"});
  EXPECT_TRUE(card.starts_with("---\n"));
  for (const char* text : {"1,234", "| SWD | 12.5 |", "sample.png", "facegan.load(\"model.safetensors\")",
                           "TO BE FILLED IN", "16x16"})
    EXPECT_NE(card.find(text), std::string::npos) << text;
}

}  // namespace
}  // namespace facegan::exchange
