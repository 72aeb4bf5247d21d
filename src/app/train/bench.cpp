// facegan bench: what this machine makes of a recipe.
#include "facegan/train/bench.h"

#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "app/command_line/commands.h"
#include "app/json_number.h"
#include "app/train/small_cpu.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "facegan/machine/processor.h"

namespace facegan::app {
namespace {

using core::str;

double rounded(double value) {
  return std::round(value * 100) / 100;
}

void print_json(const train::BenchResult& r, const config::Config& c) {
  const bool cuda = c.device.starts_with("cuda");
  nlohmann::ordered_json all = {{"preset", c.preset},
                                {"dataset", c.dataset},
                                {"size", size_json(c.size)},
                                {"width", c.width},
                                {"batch", c.batch},
                                {"device", c.device},
                                {"name", cuda ? str("GPU of ", c.device) : machine::cpu_name()},
                                {"precision", c.precision},
                                {"threads", c.threads},
                                {"workers", c.workers},
                                {"decode_one_worker_images_per_s", rounded(r.decode_one_images_s)},
                                {"decode_images_per_s", rounded(r.decode_images_s)},
                                {"packed_images_per_s", rounded(r.packed_images_s)},
                                {"d_phase_ms", rounded(r.d_phase_s * 1e3)},
                                {"g_phase_ms", rounded(r.g_phase_s * 1e3)},
                                {"step_ms", rounded(r.step_s * 1e3)},
                                {"step_images_per_s", rounded(r.step_images_s(c))},
                                {"step_gflop", rounded(r.step_gflop)},
                                {"step_gflop_per_s", rounded(r.step_gflop_s())},
                                {"matrix_gflop_per_s", rounded(r.matrix_gflop_s)},
                                {"share_of_matrix_rate", rounded(r.step_gflop_s() / r.matrix_gflop_s)},
                                {"train_images_per_s", rounded(r.training_images_s)},
                                {"peak_memory_bytes", r.peak_memory_bytes}};
  if (r.training_images_s == 0)
    for (const char* not_measured : {"decode_one_worker_images_per_s", "decode_images_per_s",
                                     "packed_images_per_s", "train_images_per_s"})
      all.erase(not_measured);
  core::print(all.dump(2));
}

void row(const std::string& name, const std::string& value, const std::string& remark = "") {
  core::print(str(name, std::string(22 - name.size(), ' '),
                  std::string(11 - std::min<std::size_t>(value.size(), 11), ' '), value,
                  remark.empty() ? "" : "  " + remark));
}

std::string rate(double images_s) {
  return core::with_thousands(std::lround(images_s)) + "/s";
}

std::string milliseconds(double seconds) {
  return core::with_thousands(std::lround(seconds * 1e3)) + " ms";
}

void print_text(const train::BenchResult& r, const config::Config& c) {
  core::print(str(c.preset, ", ", c.size.both(), ", width ", c.width, ", batch ", c.batch, "; ", c.device,
                  ", ", c.precision, ", ", c.threads, " threads, ", c.workers, " workers\n"));
  if (r.training_images_s > 0) {
    row("pictures decoded", rate(r.decode_one_images_s), "one worker");
    row("", rate(r.decode_images_s), c.workers == 1 ? "that is all of them" : "all workers");
    row("pictures packed", rate(r.packed_images_s), "as bytes, decoded by an earlier run");
  }
  row("D phase", milliseconds(r.d_phase_s));
  row("G phase", milliseconds(r.g_phase_s));
  row("step", milliseconds(r.step_s), rate(r.step_images_s(c)));
  row("products of a step", str(std::lround(r.step_gflop), " GFLOP"),
      str(std::lround(r.step_gflop_s()), " GFLOP/s, ", std::lround(100 * r.step_gflop_s() / r.matrix_gflop_s),
          "% of ", std::lround(r.matrix_gflop_s), " GFLOP/s for square matrices"));
  if (r.training_images_s > 0)
    row("whole training", rate(r.training_images_s), "decoding, checkpoints and grids included");
  row("peak memory", core::human_bytes(r.peak_memory_bytes));
}

}  // namespace

int run_bench(const Invocation& invocation) {
  config::Resolved resolved = config::resolve(invocation.request, environ);
  settle_small_cpu(resolved);
  config::Config& config = resolved.config;
  config.init_from.clear();  // other weights make no other speed
  device::resolve_machine(config);
  core::install_signal_handlers();  // a training that is broken off removes its folder
  train::BenchRequest request;
  request.steps = invocation.integer("steps", request.steps, 1, 100000);
  request.steps_only = invocation.has("steps-only");
  request.trace = invocation.text("profile", "");
  const auto result = train::bench(config, request);
  core::log_live_line("");
  if (core::stop_signal() != 0) return 128 + core::stop_signal();
  if (invocation.has("json"))
    print_json(result, config);
  else
    print_text(result, config);
  return 0;
}

}  // namespace facegan::app
