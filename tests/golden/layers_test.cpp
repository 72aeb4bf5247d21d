// Each kind of layer with its gradients in double against PyTorch (make_layers.py says how).
#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <torch/csrc/autograd/autograd.h>

#include "facegan/config/yaml.h"
#include "golden.h"
#include "nn/network.h"

namespace facegan::nn {
namespace {

const json& cases() {
  static const json numbers = read_reference("layers_reference.json")["cases"];
  return numbers;
}

at::Tensor tensor(const json& stored) {
  auto values = stored["values"].get<std::vector<double>>();
  return at::from_blob(values.data(), stored["shape"].get<std::vector<std::int64_t>>(), at::kDouble).clone();
}

// sum of out[k] w[k], the scalar whose gradients the file has
at::Tensor wave_sum(const at::Tensor& out) {
  const at::Tensor flat = out.contiguous().flatten();
  return at::arange(flat.numel(), at::kDouble).mul(0.9).add(0.4).cos().mul(flat).sum();
}

void expect_summary(const at::Tensor& got, const json& expected, const std::string& what) {
  ASSERT_TRUE(got.defined()) << what;
  const auto shape = expected["shape"].get<std::vector<std::int64_t>>();
  ASSERT_EQ(got.numel(), c10::multiply_integers(shape)) << what;
  expect_values(got, expected, what);
  expect_near(wave_sum(got).item<double>(), expected["wave"].get<double>(), what + " wave");
}

// A generator around the layers: flat numbers to their input, their output to [F, 1, 1].
Network build(const json& stored) {
  const auto in = stored["x"]["shape"].get<std::vector<std::int64_t>>();
  const auto out = stored["passes"][0]["out"]["shape"].get<std::vector<std::int64_t>>();
  const std::int64_t features = c10::multiply_integers(out) / out[0];
  const auto reshape = [](std::int64_t c, std::int64_t h, std::int64_t w) {
    const std::string text = "[reshape: {channels: " + std::to_string(c) + ", height: " + std::to_string(h) +
                             ", width: " + std::to_string(w) + "}]";
    return config::parse_yaml(text, "test").items.at(0);
  };
  spec::Node list = config::parse_yaml(stored["layers"].get<std::string>(), "test");
  list.items.insert(list.items.begin(), reshape(in[1], in[2], in[3]));
  list.items.push_back(reshape(features, 1, 1));
  return {
      spec::build_network(list, "generator", {.size = 1, .channels = features, .z = in[1] * in[2] * in[3]}),
      "g", at::kCPU, at::kDouble};
}

void load(const Network& network, const json& tensors) {
  std::size_t loaded = 0;
  for (const auto& named : network.tensors()) {
    if (!tensors.contains(named.name)) {
      EXPECT_NE(named.name.find(".running_"), std::string::npos) << named.name << " is not in the file";
      continue;
    }
    named.tensor.detach().copy_(tensor(tensors[named.name]));
    ++loaded;
  }
  EXPECT_EQ(loaded, tensors.size());
}

class GoldenLayers : public testing::TestWithParam<std::size_t> {};

TEST_P(GoldenLayers, EqualPyTorch) {
  at::set_num_threads(1);  // these tensors are too small to share
  const json& stored = cases()[GetParam()];
  const Network network = build(stored);
  load(network, stored["tensors"]);
  for (std::size_t pass = 0; pass < stored["passes"].size(); ++pass) {
    const json& expected = stored["passes"][pass];
    const std::string what = "pass " + std::to_string(pass) + " ";
    at::Tensor x = tensor(stored["x"]).flatten(1).set_requires_grad(true);
    const at::Tensor out = network.forward(x, {.training = !expected["inference"].get<bool>()});
    expect_summary(out, expected["out"], what + "output");

    std::vector<at::Tensor> inputs = network.parameters();
    inputs.insert(inputs.begin(), x);
    const auto gradients = torch::autograd::grad({wave_sum(out)}, inputs);
    expect_summary(gradients[0], expected["dx"], what + "gradient of the input");
    std::size_t i = 0;
    for (const auto& named : network.tensors()) {
      if (named.spec->trainable())
        expect_summary(gradients.at(++i), expected["dt"][named.name], what + "gradient of " + named.name);
      if (expected["after"].contains(named.name))
        expect_summary(named.tensor, expected["after"][named.name], what + named.name + " afterwards");
    }
    EXPECT_EQ(i, expected["dt"].size());
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenLayers, testing::Range<std::size_t>(0, cases().size()),
                         [](const auto& index) {
                           return cases()[index.param]["name"].template get<std::string>();
                         });

}  // namespace
}  // namespace facegan::nn
