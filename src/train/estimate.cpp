#include "train/estimate.h"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>

#include "facegan/device/device.h"

namespace facegan::train {
namespace {

// Seconds of one forward pass; the first one only warms up.
double forward_seconds(const nn::Network& network, const at::Tensor& input, const config::Config& config) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin;
  for (int i = 0; i < 2; ++i) {
    begin = Clock::now();
    network.forward(input, {.training = false});
    device::synchronize(config.device);
  }
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

double estimated_seconds(const Model& model, const config::Config& config, std::int64_t steps) {
  c10::AutoGradMode no_grad(false);
  const std::int64_t batch = std::min<std::int64_t>(config.batch, 32);
  const auto options = at::TensorOptions(at::kFloat).device(model.g.device());
  const double g = forward_seconds(model.g, at::zeros({batch, config.z}, options), config);
  const at::Tensor pictures =
      at::zeros({batch, config.size, config.size, config.channels}, options).permute({0, 3, 1, 2});
  const double d = forward_seconds(model.d, pictures, config);
  // A forward pass, input and weight gradients cost about the same. G: the pass, and the gradients where it
  // is updated; D: all three on each batch, and a pass and input gradients for G. A penalty differentiates
  // its input gradients once more.
  const double share = 1 / static_cast<double>(config.d_steps);
  const double penalties =
      ((config.r1 > 0 ? 4 : 0) + (config.gp > 0 ? 6 : 0)) / static_cast<double>(config.penalty_every);
  return ((1 + 2 * share) * g + (6 + 2 * share + penalties) * d) * static_cast<double>(config.batch) /
         static_cast<double>(batch) * static_cast<double>(steps);
}

std::uint64_t estimated_disk_bytes(const Model& model, const config::Config& config, std::int64_t epochs,
                                   std::size_t checkpoints) {
  std::uint64_t checkpoint = 1 << 16;  // the header
  for (const auto& t : model.state()) checkpoint += static_cast<std::uint64_t>(t.tensor.nbytes());
  const auto grid = config::parse_grid(config.grid);
  const std::int64_t side = config.size * config.grid_scale;
  // By time nobody knows how many; about one an epoch.
  const std::int64_t every = std::max<std::int64_t>(config::parse_every(config.sample_every).epochs, 1);
  // Each is a file, and a point in TensorBoard's events.
  const std::int64_t grids =
      2 * (epochs / every + 2) * grid.rows * grid.columns * side * side * config.channels;
  return checkpoint * checkpoints + static_cast<std::uint64_t>(grids);
}

}  // namespace facegan::train
