#include "train/model.h"

#include <ATen/ops/zeros.h>

namespace facegan::train {

namespace {

AdamOptions adam_options(const config::Config& c, double lr) {
  return {lr, c.beta1, c.beta2, c.adam_eps, c.adam_form == "keras"};
}

at::ScalarType compute_type(const config::Config& c, at::ScalarType type) {
  return c.precision == "bf16" ? at::kBFloat16 : type;
}

}  // namespace

Model::Model(const config::Config& c, const config::Networks& networks, at::Device device,
             at::ScalarType type)
    : g(networks.generator, "g", device, type, compute_type(c, type)),
      d(networks.discriminator, "d", device, type, compute_type(c, type)),
      adam_g(g.parameters(), adam_options(c, c.lr_g)),
      adam_d(d.parameters(), adam_options(c, c.lr_d)),
      statistics(at::zeros({kStatistics}, at::TensorOptions(at::kDouble).device(device))) {}

void Model::refresh() {
  g.refresh();
  d.refresh();
  adam_g.forget_steps();
  adam_d.forget_steps();
}

std::vector<checkpoint::StateTensor> Model::state() const {
  std::vector<checkpoint::StateTensor> out;
  const auto add_network = [&](const nn::Network& network, const Adam& adam) {
    std::size_t k = 0;
    for (const auto& t : network.tensors()) {
      out.push_back({t.name, t.tensor});
      if (!t.spec->trainable()) continue;
      out.push_back({"adam." + t.name + ".exp_avg", adam.exp_avg()[k]});
      out.push_back({"adam." + t.name + ".exp_avg_sq", adam.exp_avg_sq()[k]});
      ++k;
    }
  };
  add_network(g, adam_g);
  add_network(d, adam_d);
  out.push_back({"adam.g.steps", adam_g.steps()});
  out.push_back({"adam.d.steps", adam_d.steps()});
  out.push_back({"statistics", statistics});
  return out;
}

}  // namespace facegan::train
