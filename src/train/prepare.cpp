#include "train/prepare.h"

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/device/device.h"
#include "facegan/machine/processor.h"
#include "facegan/report/progress.h"
#include "facegan/train/bench.h"
#include "facegan/version.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;
using core::str;

// What the rest of the run adds to the disk.
std::uint64_t needed_bytes(const Trainer& trainer, const fs::path& folder) {
  const auto& config = trainer.config();
  const std::int64_t per_epoch = trainer.steps_per_epoch();
  std::int64_t epochs = (trainer.total_steps() - trainer.step() + per_epoch - 1) / per_epoch;
  // No more than fit into --max-time, were each twice as fast as it seems.
  if (const double limit_s = config::parse_time_limit(config.max_time); limit_s > 0) {
    const double epoch_s = estimated_seconds(config, trainer.forward_seconds(), per_epoch);
    epochs = static_cast<std::int64_t>(std::min(static_cast<double>(epochs), 1 + 2 * limit_s / epoch_s));
  }
  const auto every = config::parse_every(config.checkpoint_every);
  const auto there = static_cast<std::int64_t>(run::checkpoint_files(folder).size());
  // One more than are kept: the oldest goes when the newest is there.
  std::int64_t checkpoints = config.keep + 1 - std::min(there, config.keep);
  if (every.epochs > 0) checkpoints = std::min(checkpoints, epochs / every.epochs + 2);
  if (config.keep_every > 0) checkpoints += epochs / config.keep_every;
  if (config.evaluate_every != "0") ++checkpoints;  // the best one
  return estimated_disk_bytes(config, epochs, static_cast<std::size_t>(checkpoints),
                              trainer.checkpoint_bytes());
}

std::string device_name(const config::Config& config) {
  if (!config.device.starts_with("cuda")) return machine::cpu_name();
  return device::cuda_status().devices[config.device.size() > 5 ? std::stoul(config.device.substr(5)) : 0];
}

// What --evaluate will take.
void announce_evaluation(const Trainer& trainer, Evaluation& evaluation, const ForwardSeconds& per_picture) {
  const auto& config = trainer.config();
  const auto statistics =
      static_cast<std::size_t>(config.ema == "off" ? 0 : kPicturesForStatistics);  // more pictures
  const double seconds =
      evaluation.seconds() + per_picture.g * static_cast<double>(Evaluation::kPictures + statistics);
  const config::Every every = *config::parse_every_or_never(config.evaluate_every);
  const double between =
      every.epochs > 0 ? estimated_seconds(config, per_picture, every.epochs * trainer.steps_per_epoch())
                       : every.seconds;
  core::log_info("evaluation (", config.evaluate, " of ", Evaluation::kPictures, " pictures, every ",
                 every.epochs == 1  ? "epoch"
                 : every.epochs > 0 ? str(every.epochs, " epochs")
                                    : config.evaluate_every,
                 ") takes about ", core::human_seconds(seconds), " each time, ",
                 core::short_number(100 * seconds / between), "% of the training");
}

}  // namespace

void check_space(const Trainer& trainer, const fs::path& folder) {
  const std::uint64_t needed = needed_bytes(trainer, folder), free = core::free_disk_bytes(folder);
  if (free < needed)
    throw Error(ErrorKind::io, str("not enough space for ", core::printable(folder.string()), ": ",
                                   core::human_bytes(needed), " needed, ", core::human_bytes(free),
                                   " free; make room, or choose another disk with --out"));
}

void announce(const Trainer& trainer, const fs::path& folder, const fs::path& from, Evaluation* evaluation) {
  const auto& config = trainer.config();
  const std::int64_t steps = trainer.total_steps() - trainer.step();
  const double limit = config::parse_time_limit(config.max_time);
  const bool ends_by_time = report::ends_by_time(trainer.total_steps(), limit);
  if (!from.empty())
    core::log_info("resuming ", folder.string(), " at step ", trainer.step(),
                   ends_by_time ? "" : str(" of ", trainer.total_steps()), " from ",
                   from.filename().string());
  core::log_info(config.dataset, ": ",
                 core::with_thousands(static_cast<std::int64_t>(trainer.dataset().size())), " pictures of ",
                 config.size.both(), "x", config.channels, "; generator ",
                 core::with_thousands(trainer.networks().generator.total()), ", discriminator ",
                 core::with_thousands(trainer.networks().discriminator.total()), " parameters");
  const ForwardSeconds per_picture = trainer.forward_seconds();
  const double estimated = estimated_seconds(config, per_picture, steps);
  core::log_info("device ", config.device, " (", device_name(config), "), ", config.precision, ", ",
                 config.threads, config.threads == 1 ? " thread; " : " threads; ",
                 ends_by_time ? "" : core::with_thousands(steps) + " ", "steps of ", config.batch, ", ",
                 trainer.steps_per_epoch(), " an epoch");
  core::log_info("about ", core::human_seconds(limit > 0 ? std::min(limit, estimated) : estimated), " and ",
                 core::human_bytes(needed_bytes(trainer, folder)), " of disk (",
                 core::human_bytes(core::free_disk_bytes(folder)), " free) for ", folder.string());
  if (evaluation) announce_evaluation(trainer, *evaluation, per_picture);
}

run::Info run_info(const Trainer& trainer) {
  run::Info info;
  info.version = kVersion, info.libtorch = device::libtorch_version();
  info.device_name = device_name(trainer.config()),
  info.instructions = device::cpu_capability(trainer.config());
  info.pictures = static_cast<std::int64_t>(trainer.dataset().size());
  info.steps_per_epoch = trainer.steps_per_epoch(), info.total_steps = trainer.total_steps();
  info.generator_parameters = trainer.networks().generator.total();
  info.discriminator_parameters = trainer.networks().discriminator.total();
  info.unusable = static_cast<std::int64_t>(trainer.unusable().size());
  info.rollbacks = trainer.rollbacks();
  return info;
}

std::int64_t epochs_that_fit(const config::Config& config, std::int64_t ranks) {
  constexpr double kForEpochs = 0.95;  // the rest: start, grids, checkpoints, the end
  constexpr double kMaking = 0.25;     // of a step's time for a picture: a pass of G alone, in fp32
  const auto dataset = data::open_dataset(data::dataset_options(config));
  const std::int64_t steps =
      std::max<std::int64_t>(static_cast<std::int64_t>(dataset->size()) / config.batch, 1);
  config::Config share = config;
  share.batch = std::max(config.batch / ranks, config.accumulate);
  const double step_s = seconds_per_step(share), limit_s = config::parse_time_limit(config.max_time);
  double epoch_s = step_s * static_cast<double>(steps);
  if (const auto every = config::parse_every_or_never(config.evaluate_every); every && every->epochs > 0) {
    const auto made =
        static_cast<double>(Evaluation::kPictures + (config.ema == "off" ? 0 : kPicturesForStatistics));
    const double make_s = kMaking * step_s / static_cast<double>(share.batch);
    epoch_s += (Evaluation(config, *dataset).seconds() + made * make_s) / static_cast<double>(every->epochs);
  }
  const std::int64_t epochs =
      std::max<std::int64_t>(static_cast<std::int64_t>(kForEpochs * limit_s / epoch_s), 1);
  core::log_info("epochs auto: a step takes ", core::short_number(1000 * step_s), " ms, ", epochs,
                 epochs == 1 ? " epoch fits" : " epochs fit", " into ", config.max_time);
  return epochs;
}

void compare_machine(const run::Loaded& loaded, const config::Config& config) {
  if (loaded.text(run::kKeyCpu) != device::cpu_capability(config))
    core::log_warning("this CPU's instruction level is ", device::cpu_capability(config), ", the run's was ",
                      core::printable(loaded.text(run::kKeyCpu)),
                      ": the numbers will differ in their last digits");
  if (config.threads > machine::available_cores())
    core::log_warning("the run computes with ", config.threads, " threads, this machine has ",
                      machine::available_cores(), " cores: the numbers stay the same, but it will be slow");
}

void compare_total(const run::Loaded& loaded, const Trainer& trainer) {
  const config::Config before = loaded.config();
  if (before.lr_schedule == "constant" && before.penalty_end == 1) return;
  const std::int64_t total = total_steps(before, loaded.integer(run::kKeyStepsPerEpoch));
  if (total != trainer.total_steps())
    core::log_info("rates and penalties fall to their ends at step ",
                   core::with_thousands(trainer.total_steps()), " from here on, no longer at ",
                   core::with_thousands(total));
}

}  // namespace facegan::train
