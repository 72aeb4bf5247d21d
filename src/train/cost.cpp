#include "facegan/train/cost.h"

#include <algorithm>

#include "facegan/spec/catalogue.h"

namespace facegan::train {
namespace {

// Multiply-adds of the first layer that has any.
double first_macs(const spec::Network& network) {
  for (const auto& layer : network.layers)
    if (layer.macs > 0) return static_cast<double>(layer.macs);
  return 0;
}

}  // namespace

StepWork step_work(const config::Config& c) {
  const spec::UpdateFacts& order = spec::find_update_order(c.update);
  const double share = 1 / static_cast<double>(c.d_steps);  // of the steps update G
  // D: a forward pass and both gradients on each of two batches, which G makes one of. G: both gradients of
  // its own, and what comes to it through D, which may have to look once more.
  StepWork work{.g = 1 + 2 * share, .d = 6 + (order.judges_again ? 2 : 1) * share};
  work.g_first_layers = share, work.d_first_layers = 2;
  // A loss that compares has D look at the real pictures once more, too, where it does at G's.
  if (order.judges_again && spec::find_loss(c.loss).compares) work.d += share;
  // Pictures for G's own update: on other latents, or because parts of a batch keep no graph in between.
  if (order.fresh_latents || (order.judges_again && c.accumulate > 1)) work.g += share;
  // A penalty differentiates D's input gradients once more; gp has a forward pass of its own before that.
  work.d +=
      ((c.r1 > 0 ? 4 : 0) + (c.r2 > 0 ? 4 : 0) + (c.gp > 0 ? 6 : 0)) / static_cast<double>(c.penalty_every);
  return work;
}

double step_gflop_per_image(const config::Networks& networks, const config::Config& config) {
  const StepWork work = step_work(config);
  const auto g = static_cast<double>(networks.generator.macs()),
             d = static_cast<double>(networks.discriminator.macs());
  return 2e-9 * (work.g * g - work.g_first_layers * first_macs(networks.generator) + work.d * d -
                 work.d_first_layers * first_macs(networks.discriminator));
}

double estimated_seconds(const config::Config& config, const ForwardSeconds& per_picture,
                         std::int64_t steps) {
  const StepWork work = step_work(config);
  return (work.g * per_picture.g + work.d * per_picture.d) * static_cast<double>(config.batch) *
         static_cast<double>(steps);
}

std::uint64_t estimated_disk_bytes(const config::Config& config, std::int64_t epochs, std::size_t checkpoints,
                                   std::uint64_t checkpoint_bytes) {
  const auto grid = config::parse_grid(config.grid);
  // By time nobody knows how many; about one an epoch.
  const std::int64_t every = std::max<std::int64_t>(config::parse_every(config.sample_every).epochs, 1);
  // Each is a file, and a point in TensorBoard's events.
  const std::int64_t grids = 2 * (epochs / every + 2) * grid.rows * grid.columns * config.size.pixels() *
                             config.grid_scale * config.grid_scale * config.channels;
  return checkpoint_bytes * checkpoints + static_cast<std::uint64_t>(grids);
}

}  // namespace facegan::train
