// Principal directions of a generator's first layer against numpy (make_directions.py says how).
#include "infer/directions.h"

#include <ATen/ops/empty.h>

#include "facegan/config/config.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "golden.h"
#include "nn/network.h"

namespace facegan::infer {
namespace {

constexpr std::int64_t kZ = 16, kOutputs = 96;

// A generator of 8x8 pictures that begins with these layers; the first weight is the script's matrix.
nn::Network generator(const std::string& first, const std::string& rest) {
  const std::string yaml = core::str("preset: mine\nsize: 8\nchannels: 1\nz: ", kZ, "\ngenerator:\n", first,
                                     rest, "discriminator: [flatten, dense: {units: 1}]\n");
  const config::Config config = config::from_yaml(yaml, "test");
  nn::Network g(config::build_networks(config).generator, "g", at::kCPU, at::kDouble);
  const at::Tensor weight = g.tensors()[0].tensor.detach();
  if (weight.numel() != kOutputs * kZ) return g;
  const bool is_dense = weight.dim() == 2;
  at::Tensor a = at::empty({kOutputs, kZ}, at::kDouble);
  for (std::int64_t o = 0; o < kOutputs; ++o)
    for (std::int64_t i = 0; i < kZ; ++i) {
      const double x = std::sin(static_cast<double>(kOutputs * i + o + 1)) * 4375.8;
      a.mutable_data_ptr<double>()[o * kZ + i] =
          (x - std::floor(x) - 0.5) * (1 + static_cast<double>(i) / 10);
    }
  weight.copy_(is_dense ? a : a.t().reshape(weight.sizes()));
  return g;
}

const char* const kDense = "  - dense: {units: 96, bias: false}\n";
const char* const kAfterDense =
    "  - reshape: {channels: 6, height: 4, width: 4}\n"
    "  - conv_transpose: {filters: 1, kernel: 4, stride: 2, padding: 1}\n";

void expect_reference(const nn::Network& g, int count) {
  const json expected = read_reference("directions_reference.json")["directions"];
  const auto directions = principal_directions(g, count);
  ASSERT_EQ(directions.size(), static_cast<std::size_t>(count));
  for (std::size_t k = 0; k < directions.size(); ++k) {
    double square = 0;
    for (std::size_t i = 0; i < directions[k].size(); ++i) {
      EXPECT_NEAR(directions[k][i], expected[k][i].get<double>(), 1e-6) << "direction " << k << ", " << i;
      square += static_cast<double>(directions[k][i]) * directions[k][i];
    }
    EXPECT_NEAR(square, 1, 1e-6);
    for (std::size_t other = 0; other < k; ++other) {
      double product = 0;
      for (std::size_t i = 0; i < directions[k].size(); ++i)
        product += directions[k][i] * directions[other][i];
      EXPECT_NEAR(product, 0, 1e-6) << k << ", " << other;
    }
  }
}

TEST(GoldenDirections, OfADenseLayerEqualNumpy) {
  expect_reference(generator(kDense, kAfterDense), 16);
  expect_reference(generator(std::string("  - pixel_norm\n") + kDense, kAfterDense), 3);
}

TEST(GoldenDirections, OfATransposedConvolutionEqualNumpy) {
  expect_reference(generator("  - conv_transpose: {filters: 6, kernel: 4, bias: false}\n",
                             "  - conv_transpose: {filters: 1, kernel: 4, stride: 2, padding: 1}\n"),
                   16);
}

TEST(GoldenDirections, OtherFirstLayersAreRefused) {
  const nn::Network g = generator(
      "  - reshape: {channels: 1, height: 4, width: 4}\n"
      "  - conv_transpose: {filters: 1, kernel: 4, stride: 2, padding: 1}\n"
      "  - reshape: {channels: 64, height: 1, width: 1}\n",
      "  - conv_transpose: {filters: 1, kernel: 8}\n");
  EXPECT_THROW(principal_directions(g, 1), Error);
}

}  // namespace
}  // namespace facegan::infer
