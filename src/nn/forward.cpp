// The forward function of each layer kind: the LibTorch side of spec/layers.cpp.
#include "nn/forward.h"

#include <ATen/Context.h>
#include <ATen/OpMathType.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/instance_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <c10/core/GradMode.h>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/ranks/team.h"
#include "facegan/spec/constants.h"
#include "nn/across.h"
#include "nn/convolution.h"

namespace facegan::nn {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

at::Tensor as_image(const at::Tensor& x) {
  return x.dim() == 2 ? x.unsqueeze(-1).unsqueeze(-1) : x;
}

// [A, B, k, k] in channels-last memory as the matrix [A, k * k * B], without a copy.
at::Tensor as_matrix(const at::Tensor& weight) {
  return weight.dim() == 2 ? weight : weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1});
}

at::Tensor normalised(const at::Tensor& v) {
  return v.div(v.norm().clamp_min(1e-12));
}

at::Tensor bias_of(const Call& c) {
  return c.layer.flag("bias") ? c.tensors[1] : at::Tensor();
}

// The weight, divided by its largest singular value where the layer asks for it (Miyato et al. 2018,
// algorithm 1): one power iteration a training pass, u and v constant to the gradient.
at::Tensor weight_of(const Call& c, at::ScalarType type) {
  if (!c.layer.flag("spectral_norm")) return c.tensors[0];
  const at::Tensor w = as_matrix(c.tensors[0]);
  const at::Tensor& stored = c.tensors[c.layer.flag("bias") ? 2 : 1];
  at::Tensor u, v;
  {
    c10::AutoGradMode no_grad(false);
    v = normalised(at::mv(w.t(), stored));
    u = stored.clone();
    if (c.pass.training && c.pass.update_running) {
      u = normalised(at::mv(w, v));
      stored.variable_data().copy_(u);
    }
  }
  return c.tensors[0].div(u.dot(at::mv(w, v))).to(type);
}

at::Tensor dense(const Call& c, at::Tensor x) {
  return at::linear(x, weight_of(c, x.scalar_type()), bias_of(c));
}

at::Tensor conv(const Call& c, at::Tensor x) {
  x = as_image(x);
  const at::Tensor weight = weight_of(c, x.scalar_type()), bias = bias_of(c);
  const auto pad = conv_padding(c.layer, x.sizes().slice(1).vec());
  const bool no_padding = pad.top + pad.bottom + pad.left + pad.right == 0;
  const std::int64_t groups = c.layer.integer("groups");
  if (groups == 1 && no_padding && x.size(2) == weight.size(2) && x.size(3) == weight.size(3)) {
    // The kernel covers the whole input: a matrix product, faster than a convolution.
    const at::Tensor flat = x.contiguous(kChannelsLast).permute({0, 2, 3, 1}).reshape({x.size(0), -1});
    return at::linear(flat, as_matrix(weight), bias).unsqueeze(-1).unsqueeze(-1);
  }
  const std::int64_t s = c.layer.integer("stride");
  const bool is_even = pad.top == pad.bottom && pad.left == pad.right;
  if (!is_even) x = at::constant_pad_nd(x, {pad.left, pad.right, pad.top, pad.bottom});
  const std::int64_t rows = is_even ? pad.top : 0, columns = is_even ? pad.left : 0;
  return groups == 1 && rows == columns
             ? convolution(x, weight, bias, {s, rows})
             : at::conv2d(x, weight, bias, {s, s}, {rows, columns}, {1, 1}, groups);
}

// Of what an `upsample` before it would have made of x.
at::Tensor conv_of_doubled(const Call& c, at::Tensor x) {
  return convolution_of_doubled(x, weight_of(c, x.scalar_type()), bias_of(c));
}

at::Tensor conv_transpose(const Call& c, at::Tensor x) {
  x = as_image(x);
  const at::Tensor &weight = c.tensors[0], bias = bias_of(c);
  const auto cut = conv_transpose_padding(c.layer);
  if (x.size(2) == 1 && x.size(3) == 1 && cut.top + cut.bottom + cut.left + cut.right == 0) {
    // One input cell: each output cell is a matrix product of its own.
    at::Tensor out = at::mm(x.flatten(1), as_matrix(weight))
                         .view({x.size(0), weight.size(2), weight.size(3), weight.size(1)});
    if (bias.defined()) out = out.add(bias);
    return out.permute({0, 3, 1, 2});
  }
  const std::int64_t s = c.layer.integer("stride"), top = std::min(cut.top, cut.bottom),
                     left = std::min(cut.left, cut.right);
  at::Tensor out = top == left ? transposed_convolution(x, weight, bias, {s, top})
                               : at::conv_transpose2d(x, weight, bias, {s, s}, {top, left});
  // What LibTorch cannot cut on one side only; 'same': the odd cell at the end.
  if (out.size(2) != c.layer.out[1]) out = out.narrow(2, cut.top - top, c.layer.out[1]);
  if (out.size(3) != c.layer.out[2]) out = out.narrow(3, cut.left - left, c.layer.out[2]);
  return out;
}

at::Tensor batch_norm(const Call& c, at::Tensor x) {
  const double eps = c.layer.real("eps");
  const double momentum =
      c.pass.averages > 0 ? 1 / static_cast<double>(c.pass.averages) : c.layer.real("momentum");
  const at::Tensor* t = c.tensors;
  if ((!c.pass.training || c.pass.frozen) && c.pass.averages == 0)
    return at::batch_norm(x, t[0], t[1], t[2], t[3], false, momentum, eps, true);
  if (is_shared(c.pass) && c.pass.averages == 0) return batch_norm_of_all(c, x);
  if (!c.pass.update_running) return at::batch_norm(x, t[0], t[1], {}, {}, true, momentum, eps, true);
  if (c.layer.word("variance") == "unbiased")
    return at::batch_norm(x, t[0], t[1], t[2], t[3], true, momentum, eps, true);
  // Keras moves the running variance by the biased one: LibTorch's share is scaled by (n - 1) / n.
  const at::Tensor before = t[3].clone();
  at::Tensor out = at::batch_norm(x, t[0], t[1], t[2], t[3], true, momentum, eps, true);
  const double n = static_cast<double>(x.numel() / x.size(1));
  // variable_data(): the graph keeps the tensor for inference passes and would take this for a fault.
  t[3].variable_data().sub_(before, 1 - momentum).mul_((n - 1) / n).add_(before, 1 - momentum);
  return out;
}

at::Tensor instance_norm(const Call& c, at::Tensor x) {
  return at::instance_norm(x, c.tensors[0], c.tensors[1], {}, {}, true, 0, c.layer.real("eps"), true);
}

at::Tensor layer_norm(const Call& c, at::Tensor x) {
  return at::group_norm(x, 1, c.tensors[0], c.tensors[1], c.layer.real("eps"));
}

at::Tensor pixel_norm(const Call& c, at::Tensor x) {
  return x.mul(x.square().mean(1, true).add(c.layer.real("eps")).rsqrt());
}

// A part of another tensor would be written through it.
bool may_overwrite(const Call& c, const at::Tensor& x) {
  return c.owns_input && !x.is_view();
}

// In place they save a third of a network's activations. The gradients are the same to the bit.
at::Tensor relu(const Call& c, at::Tensor x) {
  return may_overwrite(c, x) ? at::relu_(x) : at::relu(x);
}

at::Tensor relu6(const Call& c, at::Tensor x) {
  return may_overwrite(c, x) ? at::relu6_(x) : at::relu6(x);
}

at::Tensor leaky_relu(const Call& c, at::Tensor x) {
  const double slope = c.layer.real("slope");
  // The sign of the output must tell that of the input.
  return may_overwrite(c, x) && slope > 0 ? at::leaky_relu_(x, slope) : at::leaky_relu(x, slope);
}

at::Tensor tanh(const Call&, at::Tensor x) {
  return at::tanh(x);
}

at::Tensor sigmoid(const Call&, at::Tensor x) {
  return at::sigmoid(x);
}

at::Tensor elu(const Call& c, at::Tensor x) {
  return at::elu(x, c.layer.real("alpha"));
}

at::Tensor silu(const Call&, at::Tensor x) {
  return at::silu(x);
}

at::Tensor upsample(const Call& c, at::Tensor x) {
  const std::vector<std::int64_t> size = {c.layer.out[1], c.layer.out[2]};
  if (c.layer.word("mode") == "nearest") return at::upsample_nearest2d(x, size);
  return at::upsample_bilinear2d(x, size, /*align_corners=*/false);
}

at::Tensor leave(const Call&, at::Tensor x) {
  return x;
}

at::Tensor avg_pool(const Call& c, at::Tensor x) {
  const std::int64_t k = c.layer.integer("kernel"), s = c.layer.integer("stride");
  return at::avg_pool2d(x, {k, k}, {s, s});
}

at::Tensor max_pool(const Call& c, at::Tensor x) {
  const std::int64_t k = c.layer.integer("kernel"), s = c.layer.integer("stride");
  return at::max_pool2d(x, {k, k}, {s, s});
}

at::Tensor dropout(const Call& c, at::Tensor x) {
  const double rate = c.layer.real("rate");
  const Pass& pass = c.pass;
  if (!pass.training || rate == 0) return x;
  at::Generator generator = pass.noise;
  if (!generator.defined()) {  // one of its own, seeded by what the mask is for
    core::Random random(pass.seed, core::Purpose::dropout, pass.part << 48 | pass.step);
    generator = at::globalContext().defaultGenerator(x.device()).clone();
    generator.set_current_seed(random.next_u64() + c.position * 64 +
                               static_cast<std::uint64_t>(pass.occurrence));
  }
  at::Tensor mask;
  {
    c10::AutoGradMode no_grad(false);
    std::vector<std::int64_t> sizes = x.sizes().vec();
    if (pass.team) sizes[0] *= pass.team->size();
    mask = at::empty(sizes, x.options(), x.suggest_memory_format())
               .bernoulli_(1 - rate, generator)
               .div_(1 - rate);
    if (pass.team) mask = own_rows(pass, mask);
  }
  return x.mul(mask);
}

at::Tensor zero_pad(const Call& c, at::Tensor x) {
  const auto& l = c.layer;
  return at::constant_pad_nd(x,
                             {l.integer("left"), l.integer("right"), l.integer("top"), l.integer("bottom")});
}

at::Tensor reshape(const Call& c, at::Tensor x) {
  return x.reshape({x.size(0), c.layer.out[0], c.layer.out[1], c.layer.out[2]}).contiguous(kChannelsLast);
}

at::Tensor flatten(const Call&, at::Tensor x) {
  return x.flatten(1);
}

at::Tensor residual(const Call& c, at::Tensor x) {
  return c.run("layers", x).add(c.run("skip", x));
}

// Zhang et al. 2019, section 3: o = out(softmax(query^T key) value), y = gate * o + x.
at::Tensor self_attention(const Call& c, at::Tensor x) {
  const auto project = [&](int i) { return at::conv2d(x, c.tensors[i]).flatten(2); };      // [N, C / r, HW]
  const at::Tensor weights = at::bmm(project(0).transpose(1, 2), project(1)).softmax(-1);  // [N, HW, HW]
  const at::Tensor mixed = at::bmm(project(2), weights.transpose(1, 2));                   // [N, C / r, HW]
  const at::Tensor out =
      at::conv2d(mixed.view({x.size(0), -1, x.size(2), x.size(3)}).contiguous(kChannelsLast), c.tensors[3]);
  return x.add(out.mul(c.tensors[4]));
}

// Karras et al. 2018, section 3: the standard deviation over a group of pictures, of each feature, their
// mean as one more channel. Picture n is in group n % (N / group).
at::Tensor minibatch_stddev(const Call& c, at::Tensor x) {
  // As pictures lie in memory: nothing is copied. Not at::var, which takes values one by one.
  x = x.contiguous(kChannelsLast).permute({0, 2, 3, 1});  // [N, H, W, C]
  at::Tensor values = x.to(at::toOpMathType(x.scalar_type()));
  if (is_shared(c.pass)) values = rows_of_all(c.pass, values);
  const std::int64_t batches = c.pass.batches, n = values.size(0) / batches;  // of one batch
  std::int64_t group = std::min(c.layer.integer("group"), n);
  while (n % group != 0) --group;
  const at::Tensor groups = values.reshape({batches, group, n / group, -1});
  const at::Tensor variance = groups.sub(groups.mean(1, /*keepdim=*/true)).square().mean(1);
  at::Tensor mean = variance.add(spec::kStddevEps).sqrt().mean(2).repeat({1, group}).flatten();
  if (is_shared(c.pass)) mean = own_rows(c.pass, mean);
  mean = mean.to(x.scalar_type());
  const at::Tensor channel = mean.view({x.size(0), 1, 1, 1}).expand({-1, x.size(1), x.size(2), 1});
  return at::cat({x, channel}, 3).permute({0, 3, 1, 2});
}

}  // namespace

const std::vector<ForwardRow>& forward_table() {
  static const std::vector<ForwardRow> rows = {
      {"dense", dense, true},
      {"conv", conv, true},
      {"conv_transpose", conv_transpose, true},
      {"batch_norm", batch_norm, true},
      {"instance_norm", instance_norm},
      {"layer_norm", layer_norm},
      {"pixel_norm", pixel_norm},
      {"relu", relu},
      {"relu6", relu6},
      {"leaky_relu", leaky_relu},
      {"tanh", tanh},
      {"sigmoid", sigmoid},
      {"elu", elu},
      {"silu", silu},
      {"upsample", upsample},
      {"avg_pool", avg_pool},
      {"max_pool", max_pool},
      {"dropout", dropout},
      {"zero_pad", zero_pad},
      {"reshape", reshape},
      {"flatten", flatten},
      {"residual", residual},
      {"self_attention", self_attention},
      {"minibatch_stddev", minibatch_stddev},
      {"label", label},
      {"projection", projection},
  };
  return rows;
}

bool doubles(const spec::Layer& upsample, const spec::Layer& conv) {
  if (std::string(upsample.kind->name) != "upsample" || upsample.word("mode") != "nearest") return false;
  if (std::string(conv.kind->name) != "conv") return false;
  const std::int64_t kernel = conv.integer("kernel"), factor = upsample.integer("factor");
  const auto pad = conv_padding(conv, upsample.out);
  const std::int64_t half = (kernel - 1) / 2;
  return factor == 2 && kernel % 2 == 1 && kernel > 1 && conv.columns("kernel") == kernel &&
         conv.integer("stride") == 1 && conv.integer("groups") == 1 && pad.top == half &&
         pad.bottom == half && pad.left == half && pad.right == half;
}

const DoublingRows& doubling_rows() {
  static const DoublingRows rows = {{"upsample", leave}, {"conv", conv_of_doubled, true}};
  return rows;
}

}  // namespace facegan::nn
