#include "facegan/train/bench.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/record_function.h>
#include <c10/core/GradMode.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "facegan/core/clock.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/data/loader.h"
#include "facegan/data/packed.h"
#include "facegan/device/device.h"
#include "facegan/device/profile.h"
#include "facegan/evaluate/neighbours.h"
#include "facegan/machine/memory.h"
#include "facegan/machine/workers.h"
#include "facegan/train/cost.h"
#include "facegan/train/train.h"
#include "train/stepper.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;

constexpr double kSecondsOfData = 2;

bool on_cuda(const config::Config& config) {
  return config.device.starts_with("cuda");
}

// On CUDA steps are recorded after the third.
std::int64_t warm_up(const config::Config& config) {
  return on_cuda(config) ? 5 : 2;
}

// Seconds of a call, the device included: the median after the warm-up. On CUDA calls are measured some in a
// row, as in a training, where the host is ahead of the device: there a wait for each would count, too.
template <class Call>
double seconds_of(const config::Config& config, std::int64_t times, Call call) {
  constexpr std::int64_t kRows = 5;
  const std::int64_t in_a_row = on_cuda(config) ? std::max<std::int64_t>(times / kRows, 1) : 1;
  std::int64_t number = 0;
  while (number < warm_up(config)) call(number++);
  std::vector<double> all;
  for (std::int64_t done = 0; done < times; done += in_a_row) {
    device::synchronize(config.device);
    const double begin = core::now_s();
    for (std::int64_t i = 0; i < in_a_row; ++i) call(number++);
    device::synchronize(config.device);
    all.push_back((core::now_s() - begin) / static_cast<double>(in_a_row));
  }
  return evaluate::median(all);
}

double matrix_gflop_s(const config::Config& config) {
  const std::int64_t side =
      on_cuda(config) ? 8192 : 2048;  // a GPU is done with 2048 before the next one starts
  c10::AutoGradMode no_grad(false);
  const auto options = at::TensorOptions(config.precision == "bf16" ? at::kBFloat16 : at::kFloat)
                           .device(at::Device(config.device));
  const at::Tensor a = at::rand({side, side}, options), b = at::rand({side, side}, options);
  return 2e-9 * std::pow(side, 3) / seconds_of(config, 15, [&](std::int64_t) { at::mm(a, b); });
}

// Unusable pictures take time like others; train names them.
double decode_images_s(const data::Dataset& dataset, int workers) {
  std::atomic<std::size_t> done{0};
  dataset.stored_size(0);  // a folder asks for all of them at once
  const double begin = core::now_s();
  machine::for_each_index(SIZE_MAX, workers, [&](std::size_t i) {
    try {
      dataset.get(i % dataset.size());
    } catch (const Error&) {
    }
    ++done;
    return core::now_s() - begin < kSecondsOfData;
  });
  return static_cast<double>(done) / (core::now_s() - begin);
}

// Later epochs over some batches: from a packed file, or from memory where a set has none.
double packed_images_s(const config::Config& config) {
  constexpr std::int64_t kBatches = 8, kPasses = 20, kPatience = 100'000;
  data::DatasetOptions options = data::dataset_options(config);
  const auto limit = static_cast<std::uint64_t>(kBatches * config.batch);
  options.limit = options.limit == 0 ? limit : std::min(options.limit, limit);
  const std::shared_ptr<const data::Dataset> dataset = data::open_dataset(options);
  data::LoaderOptions how;
  how.batch = config.batch;
  how.workers = static_cast<int>(config.workers);
  how.flip = config.flip;
  how.pack_at_least = 0;
  how.pack_key = data::pack_key(options, *dataset);
  const auto file = data::pack_file(how.pack_key);
  const bool was_there = how.pack_key == 0 || fs::exists(file);
  if (!was_there) {  // the first loader makes it, behind its second epoch
    data::Loader maker(dataset, options.size, options.channels, how);
    maker.start(0, 0);
    for (std::int64_t i = 0; i < kPatience && !fs::exists(file); ++i) maker.next();
  }
  data::Loader loader(dataset, options.size, options.channels, how);
  loader.start(0, 0);
  const std::int64_t steps = loader.steps_per_epoch();
  for (std::int64_t i = 0; i < steps + how.prefetch; ++i) loader.next();
  const double begin = core::now_s();
  for (std::int64_t i = 0; i < steps * kPasses; ++i) loader.next();
  const double images_s = static_cast<double>(steps * kPasses * config.batch) / (core::now_s() - begin);
  std::error_code ignored;
  if (!was_there) fs::remove(file, ignored);
  return images_s;
}

// Steps on one batch of noise.
class Steps {
 public:
  Steps(const config::Config& config, const config::Networks& networks)
      : config_(config), model_(config, networks, at::Device(config.device)), recipe_(config) {
    model_.g.network.initialise(config.init_g, 1);
    model_.d.network.initialise(config.init_d, 1);
    real_ = at::rand({config.batch, config.size.height, config.size.width, config.channels},
                     at::TensorOptions(at::kFloat).device(at::Device(config.device)))
                .mul_(2)
                .sub_(1)
                .permute({0, 3, 1, 2});
  }

  // with_g: G is updated in each step, as often as the recipe says otherwise.
  double seconds(std::int64_t times, bool with_g) {
    Recipe recipe = recipe_;
    recipe.d_steps = with_g ? 1 : 2 * times + warm_up(config_) + 1;
    Stepper stepper(model_, config_);
    return seconds_of(config_, times, [&](std::int64_t i) { step(stepper, recipe, i); });
  }

  // Some steps as a Chrome trace.
  void profile(const fs::path& trace) {
    constexpr std::int64_t kSteps = 5;
    Recipe recipe = recipe_;
    recipe.d_steps = 1;
    Stepper stepper(model_, config_);
    std::int64_t number = 0;
    while (number < warm_up(config_)) step(stepper, recipe, number++);
    device::profile(config_.device, trace, [&] {
      for (std::int64_t i = 0; i < kSteps; ++i) {
        RECORD_USER_SCOPE("facegan step");
        step(stepper, recipe, number++);
      }
    });
  }

 private:
  void step(Stepper& stepper, const Recipe& recipe, std::int64_t number) {
    StepInput input = draw_input(recipe, static_cast<std::uint64_t>(number), config_.batch, config_.z,
                                 model_.g.network.device());
    input.real = real_;
    if (const std::int64_t conditions = model_.g.network.spec().conditions; conditions > 0)
      input.labels = at::ones({config_.batch, conditions}, real_.options());
    stepper.run(recipe, std::move(input));
    model_.update_mean(0.001);
  }

  const config::Config& config_;
  Model model_;
  Recipe recipe_;
  at::Tensor real_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() : path_((fs::temp_directory_path() / "facegan-bench-XXXXXX").string()) {
    if (!::mkdtemp(path_.data()))
      throw Error(ErrorKind::io, core::str("cannot make a folder ", core::printable(path_), ": ",
                                           std::strerror(errno), "; TMPDIR names another place"));
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path path() const { return path_; }

 private:
  std::string path_;
};

double training_images_s(config::Config config, std::int64_t steps) {
  const TemporaryFolder folder;
  TrainRequest request;
  config.max_steps = steps;
  config.out = (folder.path() / "run").string();
  request.config = config;
  request.folder = config.out;
  return train(std::move(request)).images_per_s;
}

std::uint64_t peak_memory_bytes(const config::Config& config) {
  const std::uint64_t of_device = device::peak_memory_bytes(config.device);
  return of_device ? of_device : machine::peak_memory_bytes();
}

}  // namespace

double seconds_per_step(const config::Config& config) {
  constexpr std::int64_t kSteps = 16;  // with one or two of penalties
  device::apply_machine(config);
  return Steps(config, config::build_networks(config)).seconds(kSteps, /*with_g=*/true);
}

BenchResult bench(config::Config& config, const BenchRequest& request) {
  device::apply_machine(config);
  BenchResult result;
  std::shared_ptr<const data::Dataset> dataset;
  if (!request.steps_only) {
    dataset = data::open_dataset(data::dataset_options(config));
    config.batch = std::min(config.batch, static_cast<std::int64_t>(dataset->size()));
    core::log_info("training ", request.steps, " steps with everything on");
    result.training_images_s = training_images_s(config, request.steps);
    result.peak_memory_bytes = peak_memory_bytes(config);
    if (core::stop_signal() != 0) return result;
  }
  core::log_info(request.steps_only ? "measuring steps and products"
                                    : "measuring steps, products and pictures");
  const auto networks = config::build_networks(config);
  {
    Steps measured(config, networks);
    result.step_s = measured.seconds(request.steps, true);
    result.d_phase_s = measured.seconds(request.steps, false);
    if (!request.trace.empty()) measured.profile(request.trace);
  }
  if (request.steps_only) result.peak_memory_bytes = peak_memory_bytes(config);
  result.g_phase_s = std::max(result.step_s - result.d_phase_s, 0.0);
  config::Config every = config;
  every.d_steps = 1;
  result.step_gflop = step_gflop_per_image(networks, every) * static_cast<double>(config.batch);
  result.matrix_gflop_s = matrix_gflop_s(config);
  if (request.steps_only) return result;
  result.decode_one_images_s = decode_images_s(*dataset, 1);
  result.decode_images_s = config.workers == 1 ? result.decode_one_images_s
                                               : decode_images_s(*dataset, static_cast<int>(config.workers));
  result.packed_images_s = packed_images_s(config);
  return result;
}

}  // namespace facegan::train
