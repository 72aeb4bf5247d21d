#include "nn/network.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "nn/forward.h"

namespace facegan::nn {

struct Network::Step {
  const spec::Layer* layer;
  Forward forward;
  std::size_t first_tensor;
};

namespace {
Forward find_forward(const std::string& kind) {
  for (const auto& row : forward_table())
    if (kind == row.kind) return row.forward;
  throw Error(ErrorKind::internal, core::str("layer kind '", kind, "' has no forward function"));
}
}  // namespace

Network::Network(spec::Network description, std::string prefix, at::Device device, at::ScalarType type)
    : spec_(std::move(description)), device_(device) {
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    const auto& layer = spec_.layers[i];
    steps_.push_back({&layer, find_forward(layer.kind->name), tensors_.size()});
    for (const auto& tensor : layer.tensors) {
      at::Tensor value = at::zeros(tensor.shape, at::TensorOptions(type).device(device));
      if (value.dim() == 4) value = value.contiguous(at::MemoryFormat::ChannelsLast);
      if (tensor.role == spec::Role::running_var) value.fill_(1);
      value.set_requires_grad(tensor.trainable());
      tensors_.push_back({core::str(prefix, ".", i, ".", tensor.name), value, &tensor});
      flat_.push_back(value);
    }
  }
}

Network::~Network() = default;
Network::Network(Network&&) noexcept = default;

void Network::initialise(const std::string& scheme, std::uint64_t seed) {
  c10::AutoGradMode no_grad(false);
  const bool dcgan = scheme == "dcgan";
  const std::uint64_t network = spec_.name == "generator" ? 0 : 1;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto& t = *tensors_[i].spec;
    core::Random random(seed, core::Purpose::weights, network << 32 | i);
    at::Tensor values = at::empty(t.shape, at::kFloat);
    float* out = values.mutable_data_ptr<float>();
    const auto count = static_cast<std::size_t>(t.count());
    const double limit =
        t.role == spec::Role::weight ? std::sqrt(6.0 / static_cast<double>(t.fan_in + t.fan_out)) : 0;
    for (std::size_t k = 0; k < count; ++k) {
      double value = 0;
      switch (t.role) {
        case spec::Role::weight:
          value = dcgan ? 0.02 * random.normal() : random.uniform(-limit, limit);
          break;
        case spec::Role::norm_scale:
          value = dcgan ? 1 + 0.02 * random.normal() : 1;
          break;
        case spec::Role::running_var:
          value = 1;
          break;
        case spec::Role::bias:
        case spec::Role::norm_shift:
        case spec::Role::running_mean:
          break;
      }
      out[k] = static_cast<float>(value);
    }
    tensors_[i].tensor.copy_(values);
  }
}

at::Tensor Network::forward(at::Tensor x, const Pass& pass) const {
  for (std::size_t i = 0; i < steps_.size(); ++i)
    x = steps_[i].forward(*steps_[i].layer, flat_.data() + steps_[i].first_tensor, std::move(x), pass, i);
  return spec_.out == spec::Shape{1} || spec_.out == spec::Shape{1, 1, 1} ? x.flatten() : x;
}

std::vector<at::Tensor> Network::parameters() const {
  std::vector<at::Tensor> out;
  for (const auto& t : tensors_)
    if (t.spec->trainable()) out.push_back(t.tensor);
  return out;
}

}  // namespace facegan::nn
