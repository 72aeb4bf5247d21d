#include "nn/network.h"

#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "nn/forward.h"

namespace facegan::nn {

struct Network::Step {
  const spec::Layer* layer;
  const ForwardRow* row;
  std::size_t first_tensor;
  std::uint64_t position;
  std::map<std::string, std::vector<Step>> branches;
};

namespace {

const ForwardRow& find_row(const std::string& kind) {
  for (const auto& row : forward_table())
    if (kind == row.kind) return row;
  throw Error(ErrorKind::internal, core::str("layer kind '", kind, "' has no forward function"));
}

// The nearest matrix with orthonormal rows or columns, whichever are fewer; [out, in, ...] as [out, rest].
// Signs as by a unique QR factorisation, so that every rotation is as likely.
at::Tensor orthonormal(const at::Tensor& weight) {
  at::Tensor m = weight.flatten(1);
  const bool wide = m.size(0) < m.size(1);
  const auto [q, r] = at::linalg_qr(wide ? m.t() : m);
  m = q.mul(r.diagonal().sign());
  return (wide ? m.t() : m).reshape(weight.sizes());
}

// The first value of each tensor, on the CPU in double.
at::Tensor first_value(const spec::TensorSpec& t, const std::string& scheme, core::Random random) {
  at::Tensor values = at::zeros(t.shape, at::kDouble);
  double* out = values.mutable_data_ptr<double>();
  const auto fill = [&](auto draw) { std::generate_n(out, t.count(), draw); };
  const auto normal = [&](double mean, double deviation) {
    fill([&random, mean, deviation] { return mean + deviation * random.normal(); });
  };
  switch (t.role) {
    case spec::Role::weight:
      if (scheme == "normal") {
        normal(0, 0.02);
      } else if (scheme == "glorot_uniform") {
        const double limit = std::sqrt(6.0 / static_cast<double>(t.fan_in + t.fan_out));
        fill([&random, limit] { return random.uniform(-limit, limit); });
      } else {
        normal(0, std::sqrt(2.0 / static_cast<double>(t.fan_in)));  // he
        if (scheme == "orthogonal") values = orthonormal(values);
      }
      if (t.gain != 1) values.mul_(t.gain);
      break;
    case spec::Role::norm_scale:
      if (scheme == "normal")
        normal(1, 0.02);
      else
        values.fill_(1);
      break;
    case spec::Role::running_var:
      values.fill_(1);
      break;
    case spec::Role::embedding:  // what it makes of a condition is N(0, 1), whatever the scheme
      normal(0, 1 / std::sqrt(static_cast<double>(t.fan_in)));
      break;
    case spec::Role::spectral:
      normal(0, 1);
      values.div_(values.norm());
      break;
    case spec::Role::projection:  // D begins as it would without a condition
    case spec::Role::bias:
    case spec::Role::norm_shift:
    case spec::Role::running_mean:
      break;
  }
  return values;
}

// Norms take their own tensors in full precision; a spectral norm divides the weight before it is rounded.
bool computes_in_other_type(const spec::Layer& layer, const spec::TensorSpec& tensor) {
  if (tensor.role == spec::Role::bias || tensor.role == spec::Role::embedding ||
      tensor.role == spec::Role::projection)
    return true;
  return tensor.role == spec::Role::weight &&
         std::none_of(layer.tensors.begin(), layer.tensors.end(),
                      [](const auto& other) { return other.role == spec::Role::spectral; });
}

}  // namespace

Network::Network(spec::Network description, std::string prefix, at::Device device, at::ScalarType type,
                 std::optional<at::ScalarType> compute)
    : spec_(std::move(description)), device_(device), type_(type), compute_(compute.value_or(type)) {
  steps_ = make_steps(spec_.layers, prefix);
  spec::for_each_layer(spec_.layers, [&](const spec::Layer& layer) {
    const std::string kind = layer.kind->name;
    const auto spectral = layer.numbers.find("spectral_norm");
    takes_batches_apart_ &= kind != "batch_norm" && kind != "dropout" &&
                            (spectral == layer.numbers.end() || spectral->second == 0);
  });
}

std::vector<Network::Step> Network::make_steps(const std::vector<spec::Layer>& layers,
                                               const std::string& prefix) {
  std::vector<Step> steps;
  for (const auto& layer : layers) {
    Step step{&layer, &find_row(layer.kind->name), tensors_.size(), layers_++, {}};
    for (const auto& tensor : layer.tensors) {
      at::Tensor value = at::zeros(tensor.shape, at::TensorOptions(type_).device(device_));
      if (value.dim() == 4) value = value.contiguous(at::MemoryFormat::ChannelsLast);
      if (tensor.role == spec::Role::running_var) value.fill_(1);
      value.set_requires_grad(tensor.trainable());
      tensors_.push_back({core::str(prefix, ".", layer.path, ".", tensor.name), value, &tensor});
      full_.push_back(value);
      leaves_.push_back(compute_ == type_ || !computes_in_other_type(layer, tensor)
                            ? value
                            : value.detach().to(compute_).set_requires_grad(true));
    }
    for (const auto& [name, branch] : layer.branches) step.branches.emplace(name, make_steps(branch, prefix));
    // On a CPU; not measured on a GPU.
    if (device_.is_cpu() && !steps.empty() && doubles(*steps.back().layer, layer)) {
      steps.back().row = &doubling_rows().upsample;
      step.row = &doubling_rows().conv;
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;

void Network::initialise(const std::string& scheme, std::uint64_t seed) {
  c10::AutoGradMode no_grad(false);
  const std::uint64_t network = spec_.name == "generator" ? 0 : 1;
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    tensors_[i].tensor.copy_(first_value(*tensors_[i].spec, scheme,
                                         core::Random(seed, core::Purpose::weights, network << 32 | i)));
  refresh();
}

void Network::refresh() {
  c10::AutoGradMode no_grad(false);
  std::vector<at::Tensor> into, from;
  for (std::size_t i = 0; i < full_.size(); ++i)
    if (!leaves_[i].is_same(full_[i])) into.push_back(leaves_[i]), from.push_back(full_[i]);
  if (!into.empty()) at::_foreach_copy_(into, from);
}

at::Tensor Network::run(const std::vector<Step>& steps, at::Tensor x, const Pass& pass) const {
  const auto& tensors = pass.full_precision ? full_ : leaves_;
  const at::ScalarType type = pass.full_precision ? type_ : compute_;
  bool owned = false;  // what comes in is the caller's, or a residual's other branch takes it, too
  for (const Step& step : steps) {
    x = step.row->forward({*step.layer, tensors.data() + step.first_tensor, pass, owned, step.position,
                           [&](const char* name, at::Tensor in) {
                             const auto branch = step.branches.find(name);
                             return branch == step.branches.end() ? in
                                                                  : run(branch->second, std::move(in), pass);
                           }},
                          x.to(type));
    owned = step.row->gives_output_away;
  }
  return x;
}

at::Tensor Network::forward(at::Tensor x, const Pass& pass) const {
  x = run(steps_, std::move(x), pass).to(type_);
  return spec_.out == spec::Shape{1} || spec_.out == spec::Shape{1, 1, 1} ? x.flatten() : x;
}

std::vector<at::Tensor> Network::parameters() const {
  return trainable_of(full_);
}

std::vector<at::Tensor> Network::leaves() const {
  return trainable_of(leaves_);
}

std::vector<at::Tensor> Network::trainable_of(const std::vector<at::Tensor>& all) const {
  std::vector<at::Tensor> out;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (tensors_[i].spec->trainable()) out.push_back(all[i]);
  return out;
}

}  // namespace facegan::nn
