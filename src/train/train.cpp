// A training run from top to bottom: prepare, loop, finish.
#include "facegan/train/train.h"

#include <chrono>
#include <cmath>
#include <optional>

#include "checkpoint/state.h"
#include "facegan/checkpoint/run_folder.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/data/loader.h"
#include "facegan/report/sinks.h"
#include "facegan/train/device.h"
#include "facegan/version.h"
#include "train/estimate.h"
#include "train/outputs.h"
#include "train/step.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;
using core::str;
constexpr std::size_t kKeepCheckpoints = 3;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

data::LoaderOptions loader_options(const config::Config& c) {
  data::LoaderOptions options;
  options.batch = c.batch;
  options.seed = static_cast<std::uint64_t>(c.seed);
  options.workers = static_cast<int>(c.workers);
  options.flip = c.flip;
  options.fail_on_bad_image = c.on_bad_image == "fail";
  return options;
}

class Run {
 public:
  explicit Run(const TrainRequest& request)
      : request_(request),
        folder_(request.folder),
        config_(request.config),
        networks_(config::build_networks(config_)),
        recipe_(config_),
        order_(find_update_order(config_.update)),
        dataset_(data::open_dataset(data::dataset_options(config_))),
        fingerprint_(core::hex64(dataset_->fingerprint())) {
    if (config_.batch > static_cast<std::int64_t>(dataset_->size())) {
      core::log_info("batch ", config_.batch, " is more than the ", dataset_->size(), " pictures: using ",
                     dataset_->size());
      config_.batch = static_cast<std::int64_t>(dataset_->size());
    }
    check_batch();
    apply_machine(config_);
    loader_.emplace(dataset_, static_cast<int>(config_.size), static_cast<int>(config_.channels),
                    loader_options(config_));
    model_.emplace(config_, networks_, at::Device(config_.device));
    total_steps_ = config_.epochs * loader_->steps_per_epoch();
    if (config_.max_steps > 0) total_steps_ = std::min(total_steps_, config_.max_steps);
  }

  TrainResult run() {
    TrainResult result;
    if (resumes())
      restore();
    else
      initialise();
    if (resumes() && step_ >= total_steps_) {
      core::log_info("nothing to do: ", folder_.string(), " has done its ", step_,
                     " steps (--epochs and --max-steps are totals)");
      result.nothing_to_do = true;
      // A run that was killed after its last checkpoint has no animation yet.
      if (!request_.dry_run && !fs::exists(folder_ / "training.gif")) write_last_pictures();
      return result;
    }
    check_space();
    // Before anything is written: a data set without a single usable picture ends here.
    if (!resumes()) real_png_ = real_grid_png(*dataset_, config_);
    if (!request_.dry_run) make_run_folder();
    announce();
    if (request_.dry_run) {
      dry_run();
      return result;
    }
    open_outputs();
    loop();
    finish();
    result.signal = core::stop_signal();
    result.folder = folder_;
    return result;
  }

 private:
  bool resumes() const { return !request_.checkpoint.empty(); }

  // ---- prepare ------------------------------------------------------------------------------

  // One value has no variance: a batch of one cannot be normalised feature by feature.
  void check_batch() const {
    for (const auto* network : {&networks_.generator, &networks_.discriminator})
      spec::for_each_layer(network->layers, [&](const spec::Layer& layer) {
        if (config_.batch == 1 && std::string(layer.kind->name) == "batch_norm" &&
            spec::elements(layer.out) == layer.out[0])
          throw Error(ErrorKind::usage, str("batch 1 is too small for the batch_norm at ", layer.where,
                                            ", which needs 2 or more"));
      });
  }

  void initialise() {
    model_->g.initialise(config_.init_g, static_cast<std::uint64_t>(config_.seed));
    model_->d.initialise(config_.init_d, static_cast<std::uint64_t>(config_.seed));
  }

  void restore() {
    const checkpoint::Loaded loaded = checkpoint::load_file(request_.checkpoint);
    const std::string name = loaded.path.string();
    checkpoint::restore(loaded.file, name, model_->state(), /*exact=*/true);
    step_ = loaded.integer(checkpoint::kKeyStep);
    partial_steps_ = loaded.integer(checkpoint::kKeyPartialSteps);
    if (loaded.text(checkpoint::kKeyData) != fingerprint_ ||
        loaded.integer(checkpoint::kKeyStepsPerEpoch) != loader_->steps_per_epoch())
      throw Error(ErrorKind::checkpoint, str("the pictures have changed since ", name,
                                             " was written (names or sizes differ); "
                                             "restore them, or start a new run"));
    if (loaded.text(checkpoint::kKeyCpu) != cpu_capability())
      core::log_warning("this CPU's instruction level is ", cpu_capability(), ", the run's was ",
                        core::printable(loaded.text(checkpoint::kKeyCpu)),
                        ": the numbers will differ in their last digits");
    if (config_.threads > available_cores())
      core::log_warning("the run computes with ", config_.threads, " threads, this machine has ",
                        available_cores(), " cores: the numbers stay the same, but it will be slow");
  }

  // What the rest of the run adds to the disk.
  std::uint64_t needed_bytes() const {
    const std::int64_t per_epoch = loader_->steps_per_epoch();
    const std::int64_t epochs = (total_steps_ - step_ + per_epoch - 1) / per_epoch;
    // One more than are kept: the oldest goes when the newest is there.
    const std::size_t there = std::min(checkpoint::checkpoint_files(folder_).size(), kKeepCheckpoints);
    return estimated_disk_bytes(*model_, config_, epochs, kKeepCheckpoints + 1 - there);
  }

  void check_space() const {
    const std::uint64_t needed = needed_bytes(), free = core::free_disk_bytes(folder_);
    if (free < needed)
      throw Error(ErrorKind::io, str("not enough space for ", core::printable(folder_.string()), ": ",
                                     core::human_bytes(needed), " needed, ", core::human_bytes(free),
                                     " free; make room, or choose another disk with --out"));
  }

  // What the run is, and an estimate of its time and disk.
  void announce() const {
    const std::int64_t steps = total_steps_ - step_;
    if (resumes())
      core::log_info("resuming ", folder_.string(), " at step ", step_, " of ", total_steps_, " from ",
                     request_.checkpoint.filename().string());
    core::log_info(config_.dataset, ": ", core::with_thousands(static_cast<std::int64_t>(dataset_->size())),
                   " pictures of ", config_.size, "x", config_.size, "x", config_.channels, "; generator ",
                   core::with_thousands(networks_.generator.total()), ", discriminator ",
                   core::with_thousands(networks_.discriminator.total()), " parameters");
    core::log_info("device ", config_.device, " (", device_name(), "), ", config_.precision, ", ",
                   config_.threads, config_.threads == 1 ? " thread; " : " threads; ",
                   core::with_thousands(steps), " steps of ", config_.batch, ", ", loader_->steps_per_epoch(),
                   " an epoch");
    core::log_info("about ", core::human_seconds(estimated_seconds(*model_, config_, steps)), " and ",
                   core::human_bytes(needed_bytes()), " of disk (",
                   core::human_bytes(core::free_disk_bytes(folder_)), " free) for ", folder_.string());
  }

  std::string device_name() const {
    if (!config_.device.starts_with("cuda")) return cpu_name();
    return cuda_status().devices[config_.device.size() > 5 ? std::stoul(config_.device.substr(5)) : 0];
  }

  void dry_run() {
    loader_->start(step_ / loader_->steps_per_epoch(), step_ % loader_->steps_per_epoch());
    const double begin = now_s();
    train_step();
    check_numbers(statistics(1));
    core::log_info("dry run: one step in ", core::human_seconds(now_s() - begin),
                   ", everything fits; nothing was written");
  }

  void make_run_folder() {
    // A run that started meanwhile may have taken the number.
    if (!resumes() && config_.out.empty())
      folder_ = checkpoint::make_run_folder(folder_.parent_path(), config_.preset);
    core::make_folder(folder_ / "samples");
    core::make_folder(folder_ / "checkpoints");
    core::log_to_file(folder_ / "log.txt");
  }

  void open_outputs() {
    core::write_file_atomic(folder_ / "config.yaml", config::to_yaml(config_));
    metrics_.emplace(folder_ / "metrics.jsonl", step_);
    console_.emplace(config_.epochs, loader_->steps_per_epoch(), total_steps_);
    if (resumes()) {
      // Where a run ends it writes a grid; an unbroken one has none yet, or passes over that epoch.
      const std::int64_t done = step_ / loader_->steps_per_epoch();
      remove_grids_after(folder_, done % config_.sample_every == 0 ? done : done - 1);
    } else {
      core::write_file_atomic(folder_ / "samples" / "real.png", real_png_);
      write_sample_grid(grid_path(folder_, 0), model_->g, config_);
      save();  // from here on there is something to resume
    }
  }

  // ---- loop ---------------------------------------------------------------------------------

  void loop() {
    const std::int64_t per_epoch = loader_->steps_per_epoch();
    loader_->start(step_ / per_epoch, step_ % per_epoch);
    begin_s_ = interval_begin_s_ = now_s();
    interval_begin_step_ = first_step_ = step_;
    while (step_ < total_steps_ && core::stop_signal() == 0) {
      train_step();
      const bool epoch_end = step_ % per_epoch == 0;
      const std::int64_t epoch = step_ / per_epoch;
      if (epoch_end || step_ % config_.log_every == 0) log_metrics();
      show_progress();
      if (epoch_end && step_ < total_steps_) {
        if (epoch % config_.sample_every == 0)
          write_sample_grid(grid_path(folder_, epoch), model_->g, config_);
        if (epoch % config_.checkpoint_every == 0) save();
      }
    }
  }

  void train_step() {
    const data::Batch& batch = loader_->next();
    const at::Device device(config_.device);
    StepInput input =
        draw_input(recipe_, order_, static_cast<std::uint64_t>(step_), config_.batch, config_.z, device);
    input.real = to_device(batch.pixels.data(), config_.batch, config_.size, config_.channels, device);
    order_.run(*model_, recipe_, input);
    ++step_;
    ++partial_steps_;
  }

  // Means over the last `steps` steps; waits for the device.
  report::Metrics statistics(std::int64_t steps) const {
    const at::Tensor sums = model_->statistics.to(at::kCPU);
    const double* s = sums.const_data_ptr<double>();
    const double n = static_cast<double>(steps);
    report::Metrics m;
    m.step = step_;
    m.epoch = (step_ - 1) / loader_->steps_per_epoch() + 1;
    m.images = step_ * config_.batch;
    m.d_loss = s[0] / n, m.g_loss = s[1] / n, m.d_real = s[2] / n, m.d_fake = s[3] / n,
    m.d_accuracy = s[4] / n;
    return m;
  }

  static void check_numbers(const report::Metrics& m) {
    if (!std::isfinite(m.d_loss) || !std::isfinite(m.g_loss))
      throw Error(ErrorKind::numeric,
                  str("training diverged before step ", m.step, ": D loss ", m.d_loss, ", G loss ", m.g_loss,
                      "; the last checkpoint is from before; try lower --lr-g and --lr-d"));
  }

  void log_metrics() {
    report::Metrics m = statistics(partial_steps_);
    const double now = now_s();
    m.images_per_s =
        static_cast<double>((step_ - interval_begin_step_) * config_.batch) / (now - interval_begin_s_);
    m.elapsed_s = metrics_->elapsed_before_s() + now - begin_s_;
    check_numbers(m);
    metrics_->write(m);
    console_->metrics(m);
    core::log_debug(report::metrics_json(m));  // into log.txt
    model_->statistics.zero_();
    partial_steps_ = 0;
    interval_begin_s_ = now, interval_begin_step_ = step_;
  }

  void show_progress() {
    const double elapsed = now_s() - begin_s_, done = static_cast<double>(step_ - first_step_);
    console_->progress(step_, done * static_cast<double>(config_.batch) / elapsed, elapsed,
                       elapsed / done * static_cast<double>(total_steps_ - step_));
  }

  // ---- save and finish ----------------------------------------------------------------------

  void save() {
    if (partial_steps_ > 0) check_numbers(statistics(partial_steps_));  // never over a good state
    metrics_->sync();  // the last line is on disk before the checkpoint that follows it
    const core::Metadata metadata = {
        {checkpoint::kKeyFormat, checkpoint::kFormat},
        {checkpoint::kKeyVersion, kVersion},
        {checkpoint::kKeyConfig, config::to_yaml(config_)},
        {checkpoint::kKeyStep, std::to_string(step_)},
        {checkpoint::kKeyStepsPerEpoch, std::to_string(loader_->steps_per_epoch())},
        {checkpoint::kKeyPartialSteps, std::to_string(partial_steps_)},
        {checkpoint::kKeyData, fingerprint_},
        {checkpoint::kKeyCpu, cpu_capability()},
    };
    core::write_file_atomic(checkpoint::checkpoint_path(folder_, step_),
                            checkpoint::serialise(model_->state(), metadata));
    const auto files = checkpoint::checkpoint_files(folder_);
    for (std::size_t i = kKeepCheckpoints; i < files.size(); ++i) {
      std::error_code ignored;  // an old file that stays does no harm
      fs::remove(files[i], ignored);
    }
  }

  void finish() {
    console_->finish();
    save();
    write_last_pictures();
    const double seconds = now_s() - begin_s_;
    core::log_info(core::stop_signal() ? "stopped and saved" : "done", " at step ", step_, " after ",
                   core::human_seconds(seconds), ", ",
                   static_cast<std::int64_t>(
                       std::lround(static_cast<double>((step_ - first_step_) * config_.batch) / seconds)),
                   " images/s, peak memory ", core::human_bytes(peak_memory_bytes()), gpu_memory());
    if (const auto bad = loader_->unusable(); !bad.empty())
      core::log_info(bad.size(), " pictures could not be used; log.txt names them");
  }

  // The grid of an epoch that is not complete is replaced when the run goes on.
  void write_last_pictures() const {
    const std::int64_t epoch = (step_ + loader_->steps_per_epoch() - 1) / loader_->steps_per_epoch();
    if (epoch > 0) write_sample_grid(grid_path(folder_, epoch), model_->g, config_);
    write_animation(folder_, config_);
  }

  std::string gpu_memory() const {
    const std::uint64_t bytes = device_peak_memory_bytes(config_.device);
    return bytes ? ", GPU " + core::human_bytes(bytes) : "";
  }

  const TrainRequest& request_;
  fs::path folder_;  // of the run
  config::Config config_;
  config::Networks networks_;
  const Recipe recipe_;
  const UpdateOrder& order_;
  std::shared_ptr<const data::Dataset> dataset_;
  const std::string fingerprint_;  // of the pictures as they were found at the start
  std::optional<data::Loader> loader_;
  std::optional<Model> model_;
  std::optional<report::MetricsFile> metrics_;
  std::optional<report::Console> console_;
  std::int64_t step_ = 0, total_steps_ = 0;
  std::int64_t partial_steps_ = 0;  // steps in model_->statistics
  std::string real_png_;            // samples/real.png of a new run
  double begin_s_ = 0, interval_begin_s_ = 0;
  std::int64_t first_step_ = 0, interval_begin_step_ = 0;
};

}  // namespace

TrainResult train(const TrainRequest& request) {
  return Run(request).run();
}

Resume find_resume(const fs::path& folder) {
  const checkpoint::Loaded loaded = checkpoint::load_newest(folder);
  return {loaded.path, loaded.config()};
}

}  // namespace facegan::train
