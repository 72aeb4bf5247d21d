// Convolutions by other ways than LibTorch's, against LibTorch's.
#include "nn/convolution.h"

#include <ATen/Context.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <bit>
#include <cmath>
#include <limits>

#include "nn/cell_weight.h"

namespace facegan::nn {
namespace {

using at::Tensor;
using Tensors = std::vector<Tensor>;

struct Case {
  const char* what;
  std::int64_t picture_channels, cell_channels, height, width;  // of the input, pixels
  std::int64_t kernel, stride, padding;
  bool bias = false;
};

const Case kPlain[] = {{"few channels", 3, 10, 16, 20, 4, 2, 1},
                       {"few channels, with bias", 1, 10, 12, 8, 4, 2, 1, true},
                       {"a picture with a pixel that no cell sees", 3, 6, 9, 8, 4, 2, 1},
                       {"short rows", 12, 20, 12, 8, 4, 2, 1},
                       {"short rows, with bias", 12, 20, 4, 6, 4, 2, 1, true},
                       {"short rows of another kernel", 7, 9, 6, 4, 3, 1, 1},
                       {"no padding", 7, 9, 5, 6, 3, 1, 0},
                       {"few cells in long rows", 7, 60, 4, 32, 4, 2, 1, true},
                       {"long rows", 12, 20, 8, 32, 4, 2, 1}};
const Case kTransposed[] = {{"few channels", 3, 10, 8, 6, 4, 2, 1},
                            {"few channels, with bias", 1, 10, 5, 7, 4, 2, 1, true},
                            {"short rows", 12, 20, 6, 4, 4, 2, 1},
                            {"short rows, with bias", 12, 20, 3, 2, 4, 2, 1, true},
                            {"short rows of another kernel", 12, 20, 4, 3, 5, 1, 2},
                            {"few cells in long rows", 7, 60, 2, 16, 4, 2, 1, true},
                            {"long rows", 12, 20, 4, 16, 4, 2, 1}};

const Case kDoubled[] = {
    {"few channels", 10, 3, 8, 6, 3, 1, 1},   {"few channels, with bias", 10, 1, 5, 7, 3, 1, 1, true},
    {"short rows", 12, 20, 6, 4, 3, 1, 1},    {"long rows, with bias", 12, 20, 5, 16, 3, 1, 1, true},
    {"many channels", 70, 40, 3, 4, 3, 1, 1}, {"a larger kernel", 7, 9, 6, 9, 5, 1, 2}};

Tensor drawn(at::IntArrayRef sizes, at::ScalarType type, bool leaf = true) {
  static at::Generator seeded = at::globalContext().defaultGenerator(at::kCPU).clone();
  Tensor values = at::randn(sizes, seeded, at::kDouble).to(at::kBFloat16).to(type);  // exact in every type
  if (sizes.size() == 4) values = values.contiguous(at::MemoryFormat::ChannelsLast);
  return values.set_requires_grad(leaf);
}

// The output; the gradients of x, weight and bias; those of a penalty on the gradient of x.
template <class Convolve>
Tensors all_of(Convolve convolve, const Tensors& leaves, const Tensor& of_output) {
  const Tensor out = convolve(leaves[0], leaves[1], leaves.size() > 2 ? leaves[2] : Tensor());
  Tensors all = {out};
  for (const Tensor& g : torch::autograd::grad({out}, leaves, {of_output}, /*retain_graph=*/true))
    all.push_back(g);
  const Tensor of_x = torch::autograd::grad({out.square().sum()}, {leaves[0]}, {}, /*retain_graph=*/true,
                                            /*create_graph=*/true)[0];
  for (const Tensor& g : torch::autograd::grad({of_x.square().sum()}, {leaves[0], leaves[1]}))
    all.push_back(g);
  return all;
}

template <class Ours, class Theirs>
void expect_equal(const Case& c, bool plain, at::ScalarType type, double limit, Ours ours, Theirs theirs) {
  SCOPED_TRACE(c.what);
  const std::int64_t k = c.kernel, in = plain ? c.picture_channels : c.cell_channels;
  Tensors leaves = {drawn({5, in, c.height, c.width}, type),
                    drawn({c.cell_channels, c.picture_channels, k, k}, type)};
  if (c.bias) leaves.push_back(drawn({plain ? c.cell_channels : c.picture_channels}, type));
  Tensors exact;  // in double, from the same values
  for (const Tensor& leaf : leaves) exact.push_back(leaf.detach().to(at::kDouble).set_requires_grad(true));
  const Tensor bias = c.bias ? exact[2] : Tensor();
  const Tensor of_output = drawn(theirs(exact[0], exact[1], bias).sizes(), type, false);
  const Tensors found = all_of(ours, leaves, of_output);
  const Tensors wanted = all_of(theirs, exact, of_output.to(at::kDouble));
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].sizes(), wanted[i].sizes()) << i;
    EXPECT_EQ(found[i].scalar_type(), type) << i;
    const double error = found[i].to(at::kDouble).sub(wanted[i]).abs().max().item<double>();
    EXPECT_LT(error / wanted[i].abs().max().item<double>(), limit) << i;
  }
}

const std::pair<at::ScalarType, double> kTypes[] = {
    {at::kDouble, 1e-12}, {at::kFloat, 1e-5}, {at::kBFloat16, 4e-2}};

TEST(Convolution, IsThatOfLibTorch) {
  for (const Case& c : kPlain)
    for (const auto& [type, limit] : kTypes)
      expect_equal(
          c, true, type, limit,
          [&](const Tensor& x, const Tensor& w, const Tensor& b) {
            return convolution(x, w, b, {c.stride, c.padding});
          },
          [&](const Tensor& x, const Tensor& w, const Tensor& b) {
            return at::conv2d(x, w, b, {c.stride, c.stride}, {c.padding, c.padding});
          });
}

TEST(Convolution, TransposedIsThatOfLibTorch) {
  for (const Case& c : kTransposed)
    for (const auto& [type, limit] : kTypes)
      expect_equal(
          c, false, type, limit,
          [&](const Tensor& x, const Tensor& w, const Tensor& b) {
            return transposed_convolution(x, w, b, {c.stride, c.padding});
          },
          [&](const Tensor& x, const Tensor& w, const Tensor& b) {
            return at::conv_transpose2d(x, w, b, {c.stride, c.stride}, {c.padding, c.padding});
          });
}

TEST(Convolution, OfADoubledPictureIsThatOfLibTorch) {
  for (const Case& c : kDoubled)
    for (const auto& [type, limit] : kTypes)
      expect_equal(
          c, true, type, limit,
          [](const Tensor& x, const Tensor& w, const Tensor& b) { return convolution_of_doubled(x, w, b); },
          [&](const Tensor& x, const Tensor& w, const Tensor& b) {
            const Tensor doubled = at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
            return at::conv2d(doubled, w, b, {1, 1}, {c.padding, c.padding});
          });
}

// Sums in float, rounded to even as LibTorch rounds: more channels than are turned at once, and what is no
// number.
TEST(Convolution, CellWeightsAreRoundedAsLibTorchRounds) {
  Tensor weight = drawn({70, 40, 3, 3}, at::kFloat, false).mul(1.2345).to(at::kBFloat16);
  const double nan = std::nan(""), infinite = std::numeric_limits<double>::infinity();
  weight[0][0][0][0] = nan, weight[33][35][1][1] = infinite, weight[69][39][2][2] = -infinite;
  weight[5][5][1][1] = std::bit_cast<at::BFloat16>(std::uint16_t{0x7FFF}).operator float();
  const Tensor found = weight_for_cells(weight),
               wanted = weight_for_cells(weight.to(at::kFloat)).to(at::kBFloat16);
  EXPECT_TRUE(found.isnan().equal(wanted.isnan()));
  EXPECT_TRUE(found.nan_to_num(7, 8, 9).equal(wanted.nan_to_num(7, 8, 9)));
  EXPECT_TRUE(found.isnan().any().item<bool>() && found.isinf().any().item<bool>());
}

// Of the three convolutions of a DCGAN that have a faster way, and of those that have none.
TEST(Convolution, GoesTheFasterWay) {
  const auto name = [](const Tensor& out) { return out.grad_fn()->name(); };
  const auto is_ours = [&](const Tensor& out) { return name(out).find("facegan") != std::string::npos; };
  const auto conv = [&](std::int64_t from, std::int64_t to, std::int64_t size, at::ScalarType type) {
    return is_ours(
        convolution(drawn({2, from, size, size}, type), drawn({to, from, 4, 4}, type), {}, {2, 1}));
  };
  const auto transposed = [&](std::int64_t from, std::int64_t to, std::int64_t size, at::ScalarType type) {
    return is_ours(transposed_convolution(drawn({2, from, size, size}, type), drawn({from, to, 4, 4}, type),
                                          {}, {2, 1}));
  };
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    EXPECT_TRUE(conv(3, 8, 64, type));
    EXPECT_FALSE(conv(8, 16, 16, type));
    EXPECT_TRUE(conv(8, 16, 8, type));  // rows of four cells
    EXPECT_TRUE(transposed(16, 8, 4, type));
    EXPECT_EQ(conv(8, 64, 16, type), type == at::kFloat);  // at most four times as many cells as channels
    EXPECT_EQ(transposed(64, 8, 8, type), type == at::kFloat);
    EXPECT_FALSE(transposed(16, 8, 8, type));
    EXPECT_TRUE(transposed(8, 3, 32, type));
  }
}

}  // namespace
}  // namespace facegan::nn
