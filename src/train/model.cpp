#include "train/model.h"

#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "facegan/core/random.h"
#include "facegan/infer/conditions.h"
#include "facegan/infer/pictures.h"
#include "train/rates.h"
#include "train/statistics.h"

namespace facegan::train {
namespace {

at::ScalarType computing(const config::Config& c, at::ScalarType type) {
  return c.precision == "bf16" ? at::kBFloat16 : type;
}

Player player(const spec::Network& network, const char* name, const config::Config& c, double lr,
              at::Device device, at::ScalarType type) {
  nn::Network made(network, name, device, type, computing(c, type));
  Adam adam(made.parameters(), {lr, c.beta1, c.beta2, c.adam_eps, c.adam_form == "keras"});
  return {std::move(made), std::move(adam)};
}

// For the statistics of the mean network: so many pictures at once as have activations of this size.
constexpr std::int64_t kMostAtOnce = 128, kFewestAtOnce = 8, kMostNumbers = 16 << 20;

}  // namespace

Model::Model(const config::Config& c, const config::Networks& networks, at::Device device,
             at::ScalarType type)
    : g(player(networks.generator, "g", c, c.lr_g, device, type)),
      d(player(networks.discriminator, "d", c, c.lr_d, device, type)),
      statistics(at::zeros({static_cast<std::int64_t>(train::statistics().size())},
                           at::TensorOptions(at::kDouble).device(device))) {
  if (config::parse_half_life(c.ema) > 0)
    mean_g.emplace(networks.generator, "mean.g", device, type);  // as pictures are made: in full precision
  if (const std::int64_t conditions = networks.generator.conditions; conditions > 0)
    condition_rows = at::zeros({static_cast<std::int64_t>(infer::Conditions::kRows), conditions},
                               at::TensorOptions(at::kChar).device(device));
  if (c.augment == "off") return;
  const auto scalar = at::TensorOptions(at::kFloat).device(device);
  const std::optional<double> fixed = config::parse_probability(c.augment_p);
  augment_p = at::full({}, fixed.value_or(0), scalar);
  if (!fixed) augment_sum = at::zeros({}, scalar);  // it adapts
}

void Model::join(const ranks::Team& team) {
  for (Player* player : {&g, &d})
    player->mean =
        std::make_unique<GradientMean>(team, player->network.leaves(), player->network.parameters());
}

void Model::refresh() {
  g.network.refresh();
  d.network.refresh();
  if (mean_g) mean_g->refresh();
}

void Model::start_mean() {
  if (!mean_g) return;
  const c10::AutoGradMode no_grad(false);
  for (std::size_t i = 0; i < mean_g->tensors().size(); ++i)
    mean_g->tensors()[i].tensor.copy_(g.network.tensors()[i].tensor);
  mean_g->refresh();
}

void Model::update_mean(double share) {
  if (!mean_g) return;
  const c10::AutoGradMode no_grad(false);
  at::_foreach_lerp_(mean_g->parameters(), g.network.parameters(), share);
}

void Model::settle_mean(std::uint64_t seed) {
  if (!mean_g) return;
  const c10::AutoGradMode no_grad(false);
  bool has_norms = false;
  for (std::size_t i = 0; i < mean_g->tensors().size(); ++i) {
    const auto& [name, tensor, spec] = mean_g->tensors()[i];
    if (spec->role == spec::Role::spectral) tensor.copy_(g.network.tensors()[i].tensor);
    has_norms = has_norms || spec->role == spec::Role::running_var;
  }
  mean_g->refresh();
  if (!has_norms) return;
  const std::int64_t z = mean_g->spec().in[0];
  const std::int64_t batch =
      std::clamp(kMostNumbers / infer::largest_activation(mean_g->spec()), kFewestAtOnce, kMostAtOnce);
  for (std::int64_t pass = 0; pass * batch < kPicturesForStatistics; ++pass) {
    at::Tensor latents = at::empty({batch, z}, at::kFloat);
    core::Random(seed, core::Purpose::statistics, static_cast<std::uint64_t>(pass))
        .fill_normal(latents.mutable_data_ptr<float>(), static_cast<std::size_t>(batch * z));
    nn::Pass how{.training = false, .averages = pass + 1};
    if (condition_rows.defined()) {  // in turn: they are in no order
      const auto in_turn = at::arange(batch, at::TensorOptions(at::kLong).device(mean_g->device()));
      how.labels =
          condition_rows.index_select(0, in_turn.add(pass * batch).remainder(condition_rows.size(0)));
    }
    mean_g->forward(latents.to(mean_g->device()), how);
  }
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
  if (mean_g)
    for (const auto& t : mean_g->tensors()) out.push_back({t.name, t.tensor});
  if (condition_rows.defined()) out.push_back({infer::Conditions::kTensor, condition_rows});
  if (augment_p.defined()) out.push_back({"augment.p", augment_p});
  if (augment_sum.defined()) out.push_back({"augment.sum", augment_sum});
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
