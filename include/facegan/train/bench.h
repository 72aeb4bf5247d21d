#pragma once
// What this machine makes of a recipe, part by part. Free of LibTorch types.
#include <cstdint>
#include <filesystem>
#include <string>

#include "facegan/config/config.h"

namespace facegan::train {

struct BenchResult {
  // Of large square matrices, in the precision of the run: what the networks' products could reach.
  double matrix_gflop_s = 0;
  // 0 with steps_only. Pictures: from the files with one worker and with all of them, and as bytes from a
  // packed file.
  double decode_one_images_s = 0, decode_images_s = 0, packed_images_s = 0;
  // One step on pictures that are there, medians (CUDA: of steps in a row). G's phase is what a step with it
  // takes longer.
  double d_phase_s = 0, g_phase_s = 0, step_s = 0;
  double step_gflop = 0;  // of the layers' products in such a step, all pictures
  // 0 with steps_only. A whole `train`: decoding, log, checkpoints and grids included.
  double training_images_s = 0;
  std::uint64_t peak_memory_bytes =
      0;  // of this process, when the training (or steps) ended; GPU: of the device

  double step_images_s(const config::Config& c) const { return static_cast<double>(c.batch) / step_s; }
  double step_gflop_s() const { return step_gflop / step_s; }
};

struct BenchRequest {
  std::int64_t steps = 16;      // measured ones, of each part, at least 1
  bool steps_only = false;      // steps and products alone: no pictures, no training
  std::filesystem::path trace;  // of some steps, by the profiler; "" = none
};

// config: machine resolved; its batch becomes the size of the set where it is larger. The training runs in a
// folder below the system's temporary one, which is removed. After a signal (core/stop.h) the rest is left
// out.
BenchResult bench(config::Config& config, const BenchRequest& request);

// One step with an update of both networks, on this machine. Computes some.
double seconds_per_step(const config::Config& config);

}  // namespace facegan::train
