// The published networks in double against Keras and PyTorch (make_presets.py says how).
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include "facegan/config/config.h"
#include "golden.h"
#include "nn/network.h"

namespace facegan::nn {
namespace {

constexpr double kFloatTolerance = 1e-4;

// Number k of tensor t, uniform in [-1, 1): splitmix64 of t << 40 | k.
double uniform(std::uint64_t t, std::uint64_t k) {
  std::uint64_t x = (t << 40 | k) + 0x9E3779B97F4A7C15;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
  x = (x ^ x >> 27) * 0x94D049BB133111EB;
  x ^= x >> 31;
  return static_cast<double>(x >> 11) * 0x1p-52 - 1;
}

at::Tensor uniform_tensor(std::uint64_t t, at::IntArrayRef shape, double factor, double around = 0) {
  at::Tensor out = at::empty(shape, at::kDouble);
  double* values = out.mutable_data_ptr<double>();
  const auto count = static_cast<std::uint64_t>(out.numel());
  for (std::uint64_t k = 0; k < count; ++k) values[k] = around + factor * uniform(t, k);
  return out;
}

at::Tensor first_value(std::uint64_t t, const spec::TensorSpec& tensor, const spec::Layer& layer) {
  switch (tensor.role) {
    case spec::Role::weight: {
      const bool transposed = layer.kind->name == std::string("conv_transpose");
      const auto stride = transposed ? static_cast<double>(layer.integer("stride")) : 1.0;
      return uniform_tensor(t, tensor.shape,
                            std::sqrt(3 / (static_cast<double>(tensor.fan_in) / (stride * stride))));
    }
    case spec::Role::norm_scale:
      return uniform_tensor(t, tensor.shape, 0.2, 1);
    case spec::Role::running_var:
      return uniform_tensor(t, tensor.shape, 0.5, 1);
    default:
      return uniform_tensor(t, tensor.shape, 0.1);
  }
}

Network build(const std::string& preset, bool is_generator, at::ScalarType type) {
  const auto config = config::resolve({.preset = preset}, nullptr).config;
  auto networks = config::build_networks(config);
  auto& description = is_generator ? networks.generator : networks.discriminator;
  for (auto& layer : description.layers)
    if (layer.kind->name == std::string("dropout")) layer.numbers["rate"] = 0;
  Network network(description, is_generator ? "g" : "d", at::kCPU, type);
  std::uint64_t t = 0;
  for (const auto& layer : description.layers)
    for (const auto& tensor : layer.tensors) {
      network.tensors().at(t).tensor.detach().copy_(first_value(is_generator ? t : 1000 + t, tensor, layer));
      ++t;
    }
  EXPECT_EQ(network.tensors().size(), t);
  return network;
}

at::Tensor input(const Network& network, std::uint64_t pass, at::ScalarType type) {
  std::vector<std::int64_t> shape = network.spec().in;
  const bool is_generator = shape.size() == 1;
  shape.insert(shape.begin(), pass == 0 ? 2 : 3);
  const at::Tensor x = is_generator
                           ? uniform_tensor(2000 + pass, shape, 1.7)
                           : uniform_tensor(3000 + pass, shape, 1).contiguous(at::MemoryFormat::ChannelsLast);
  return x.to(type);
}

// Four passes, the first in inference mode; what they leave in the running statistics.
void expect_passes(const std::string& preset, bool is_generator, const json& expected, at::ScalarType type) {
  const double tolerance = type == at::kDouble ? kTolerance : kFloatTolerance;
  const Network network = build(preset, is_generator, type);
  EXPECT_EQ(network.spec().total(), expected["parameters"][0].get<std::int64_t>());
  EXPECT_EQ(network.spec().trainable(), expected["parameters"][1].get<std::int64_t>());
  for (std::size_t pass = 0; pass < expected["passes"].size(); ++pass)
    expect_values(network.forward(input(network, pass, type), {.training = pass > 0}),
                  expected["passes"][pass], "pass " + std::to_string(pass), tolerance);

  const std::int64_t first = is_generator ? 0 : 1000;
  std::size_t running = 0;
  for (const auto& named : network.tensors()) running += named.spec->trainable() ? 0 : 1;
  EXPECT_EQ(running, expected["running"].size());
  for (const auto& row : expected["running"]) {
    const auto& named = network.tensors().at(static_cast<std::size_t>(row[0].get<std::int64_t>() - first));
    const std::int64_t count = named.tensor.numel();
    expect_values(named.tensor,
                  {{"moments", {row[1], row[2]}},
                   {"at", {0, count / 2, count - 1}},
                   {"values", {row[3], row[4], row[5]}}},
                  named.name, tolerance);
  }
}

using Case = std::tuple<std::string, std::string, at::ScalarType>;  // preset, network, type
class GoldenPresets : public testing::TestWithParam<Case> {};

TEST_P(GoldenPresets, EqualTheirPublications) {
  const auto& [preset, network, type] = GetParam();
  const c10::AutoGradMode no_grad(false);
  const json expected = read_reference("presets_reference.json")["presets"][preset][network];
  expect_passes(preset, network == "generator", expected, type);
}

std::string name(const testing::TestParamInfo<Case>& info) {
  std::string text = std::get<0>(info.param) + "_" + std::get<1>(info.param) +
                     (std::get<2>(info.param) == at::kFloat ? "_float" : "");
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

const auto kPresets = testing::Values("dcgan", "mnist", "celeba-book", "lfw", "faces-32", "faces-64",
                                      "faces-96", "faces-128", "celeba-tanh", "celeba-upsample");
const auto kNetworks = testing::Values("generator", "discriminator");
INSTANTIATE_TEST_SUITE_P(Double, GoldenPresets,
                         testing::Combine(kPresets, kNetworks, testing::Values(at::kDouble)), name);
// The type that runs use.
INSTANTIATE_TEST_SUITE_P(Float, GoldenPresets,
                         testing::Combine(kPresets, kNetworks, testing::Values(at::kFloat)), name);

}  // namespace
}  // namespace facegan::nn
