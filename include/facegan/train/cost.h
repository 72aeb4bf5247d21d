#pragma once
// What a step computes, told from the settings alone: the one model behind the estimate before a run and the
// figures of `bench`.
#include "facegan/config/config.h"

namespace facegan::train {

// Work over the batch, in units of one forward pass of each network. A backward pass computes about as much
// for the weights and as much for the inputs as the forward pass did.
struct StepWork {
  double g = 0, d = 0;
  // Input gradients in it that nobody needs and nobody computes: those of the first layers.
  double g_first_layers = 0, d_first_layers = 0;
};
StepWork step_work(const config::Config& config);

// Products of one step, in billions of floating-point operations (a multiply-add is two) a picture.
double step_gflop_per_image(const config::Networks& networks, const config::Config& config);

// Seconds of so many steps where one forward pass over a picture takes so many.
struct ForwardSeconds {
  double g = 0, d = 0;
};
double estimated_seconds(const config::Config& config, const ForwardSeconds& per_picture, std::int64_t steps);

// Bytes on the disk: the grids of so many epochs, and so many checkpoints of this size.
std::uint64_t estimated_disk_bytes(const config::Config& config, std::int64_t epochs, std::size_t checkpoints,
                                   std::uint64_t checkpoint_bytes);

}  // namespace facegan::train
