#include "train/model.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "train/rates.h"
#include "train/statistics.h"

namespace facegan::train {
namespace {

Player player(const spec::Network& network, const char* name, const config::Config& c, double lr,
              at::Device device, at::ScalarType type) {
  const at::ScalarType compute = c.precision == "bf16" ? at::kBFloat16 : type;
  nn::Network made(network, name, device, type, compute);
  Adam adam(made.parameters(), {lr, c.beta1, c.beta2, c.adam_eps, c.adam_form == "keras"});
  return {std::move(made), std::move(adam)};
}

}  // namespace

Model::Model(const config::Config& c, const config::Networks& networks, at::Device device,
             at::ScalarType type)
    : g(player(networks.generator, "g", c, rates(c, 0).g, device, type)),
      d(player(networks.discriminator, "d", c, rates(c, 0).d, device, type)),
      statistics(at::zeros({static_cast<std::int64_t>(train::statistics().size())},
                           at::TensorOptions(at::kDouble).device(device))) {}

void Model::refresh() {
  g.refresh();
  d.refresh();
}

std::vector<checkpoint::StateTensor> Model::state() const {
  std::vector<checkpoint::StateTensor> out;
  for (const Player* player : {&g, &d}) {
    std::size_t k = 0;
    for (const auto& t : player->network.tensors()) {
      out.push_back({t.name, t.tensor});
      if (!t.spec->trainable()) continue;
      out.push_back({"adam." + t.name + ".exp_avg", player->adam.exp_avg()[k]});
      out.push_back({"adam." + t.name + ".exp_avg_sq", player->adam.exp_avg_sq()[k]});
      ++k;
    }
  }
  out.push_back({"adam.g.steps", g.adam.steps()});
  out.push_back({"adam.d.steps", d.adam.steps()});
  out.push_back({"statistics", statistics});
  return out;
}

std::string Model::broken_tensor() const {
  c10::AutoGradMode no_grad(false);
  const auto all = state();
  // A sum is finite only if all its parts are; one number of each tensor crosses over.
  std::vector<at::Tensor> sums;
  for (const auto& [name, tensor] : all) sums.push_back(tensor.sum().to(at::kDouble));
  const at::Tensor host = at::stack(sums).to(at::kCPU);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!std::isfinite(host.const_data_ptr<double>()[i])) return all[i].name;
  return "";
}

}  // namespace facegan::train
