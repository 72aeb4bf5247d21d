// The forward function of each layer kind: the LibTorch side of spec/layers.cpp.
#include "nn/forward.h"

#include <ATen/Context.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tanh.h>
#include <c10/core/GradMode.h>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"

namespace facegan::nn {
namespace {

using spec::Layer;
constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

at::Tensor dense(const Layer& layer, const at::Tensor* t, at::Tensor x, const Pass&, std::uint64_t) {
  return at::linear(x, t[0], layer.flag("bias") ? t[1] : at::Tensor());
}

at::Tensor as_image(const at::Tensor& x) {
  return x.dim() == 2 ? x.unsqueeze(-1).unsqueeze(-1) : x;
}

// [A, B, k, k] in channels-last memory as the matrix [A, k * k * B], without a copy.
at::Tensor as_matrix(const at::Tensor& weight) {
  return weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1});
}

at::Tensor conv(const Layer& layer, const at::Tensor* t, at::Tensor x, const Pass&, std::uint64_t) {
  x = as_image(x);
  const at::Tensor bias = layer.flag("bias") ? t[1] : at::Tensor();
  const auto rows = conv_padding(layer, x.size(2)), columns = conv_padding(layer, x.size(3));
  const bool no_padding = rows.before + rows.after + columns.before + columns.after == 0;
  if (no_padding && x.size(2) == t[0].size(2) && x.size(3) == t[0].size(3)) {
    // The kernel covers the whole input: a matrix product, faster than a convolution.
    const at::Tensor flat = x.contiguous(kChannelsLast).permute({0, 2, 3, 1}).reshape({x.size(0), -1});
    return at::linear(flat, as_matrix(t[0]), bias).unsqueeze(-1).unsqueeze(-1);
  }
  const std::int64_t s = layer.integer("stride");
  if (rows.before == rows.after && columns.before == columns.after)
    return at::conv2d(x, t[0], bias, {s, s}, {rows.before, columns.before});
  x = at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after});
  return at::conv2d(x, t[0], bias, {s, s});
}

at::Tensor conv_transpose(const Layer& layer, const at::Tensor* t, at::Tensor x, const Pass&, std::uint64_t) {
  x = as_image(x);
  const at::Tensor bias = layer.flag("bias") ? t[1] : at::Tensor();
  const auto pad = conv_transpose_padding(layer);
  if (x.size(2) == 1 && x.size(3) == 1 && pad.before + pad.after == 0) {
    // One input cell: each output cell is a matrix product of its own.
    const std::int64_t k = t[0].size(2), filters = t[0].size(1);
    at::Tensor out = at::mm(x.flatten(1), as_matrix(t[0])).view({x.size(0), k, k, filters});
    if (bias.defined()) out = out.add(bias);
    return out.permute({0, 3, 1, 2});
  }
  const std::int64_t s = layer.integer("stride");
  at::Tensor out = at::conv_transpose2d(x, t[0], bias, {s, s}, {pad.before, pad.before});
  if (const std::int64_t cut = pad.after - pad.before; cut != 0)  // 'same': the odd cell is cut at the end
    out = out.narrow(2, 0, out.size(2) - cut).narrow(3, 0, out.size(3) - cut);
  return out;
}

at::Tensor batch_norm(const Layer& layer, const at::Tensor* t, at::Tensor x, const Pass& pass,
                      std::uint64_t) {
  const double momentum = layer.real("momentum"), eps = layer.real("eps");
  if (!pass.training) return at::batch_norm(x, t[0], t[1], t[2], t[3], false, momentum, eps, true);
  if (!pass.update_running) return at::batch_norm(x, t[0], t[1], {}, {}, true, momentum, eps, true);
  if (layer.word("variance") == "unbiased")
    return at::batch_norm(x, t[0], t[1], t[2], t[3], true, momentum, eps, true);
  // Keras moves the running variance by the biased one: LibTorch's share is scaled by (n - 1) / n.
  const at::Tensor before = t[3].clone();
  at::Tensor out = at::batch_norm(x, t[0], t[1], t[2], t[3], true, momentum, eps, true);
  const double n = static_cast<double>(x.numel() / x.size(1));
  // variable_data(): the graph keeps the tensor for inference passes and would take this for a fault.
  t[3].variable_data().sub_(before, 1 - momentum).mul_((n - 1) / n).add_(before, 1 - momentum);
  return out;
}

at::Tensor relu(const Layer&, const at::Tensor*, at::Tensor x, const Pass&, std::uint64_t) {
  return at::relu(x);
}

at::Tensor leaky_relu(const Layer& layer, const at::Tensor*, at::Tensor x, const Pass&, std::uint64_t) {
  return at::leaky_relu(x, layer.real("slope"));
}

at::Tensor tanh(const Layer&, const at::Tensor*, at::Tensor x, const Pass&, std::uint64_t) {
  return at::tanh(x);
}

at::Tensor dropout(const Layer& layer, const at::Tensor*, at::Tensor x, const Pass& pass,
                   std::uint64_t position) {
  const double rate = layer.real("rate");
  if (!pass.training || rate == 0) return x;
  // A generator of its own, seeded by what the mask is for.
  core::Random random(pass.seed, core::Purpose::dropout, pass.step);
  std::uint64_t seed = random.next_u64() + position * 64 + static_cast<std::uint64_t>(pass.occurrence);
  at::Generator generator = at::globalContext().defaultGenerator(x.device()).clone();
  generator.set_current_seed(seed);
  at::Tensor mask = at::empty_like(x);
  {
    c10::AutoGradMode no_grad(false);
    mask.bernoulli_(1 - rate, generator).div_(1 - rate);
  }
  return x.mul(mask);
}

at::Tensor reshape(const Layer& layer, const at::Tensor*, at::Tensor x, const Pass&, std::uint64_t) {
  return x.reshape({x.size(0), layer.out[0], layer.out[1], layer.out[2]}).contiguous(kChannelsLast);
}

at::Tensor flatten(const Layer&, const at::Tensor*, at::Tensor x, const Pass&, std::uint64_t) {
  return x.flatten(1);
}

}  // namespace

const std::vector<ForwardRow>& forward_table() {
  static const std::vector<ForwardRow> rows = {
      {"dense", dense},
      {"conv", conv},
      {"conv_transpose", conv_transpose},
      {"batch_norm", batch_norm},
      {"relu", relu},
      {"leaky_relu", leaky_relu},
      {"tanh", tanh},
      {"dropout", dropout},
      {"reshape", reshape},
      {"flatten", flatten},
  };
  return rows;
}

}  // namespace facegan::nn
