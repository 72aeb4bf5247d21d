#include "train/trainer.h"

#include <algorithm>
#include <cmath>

#include "checkpoint/state.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/data/packed.h"
#include "facegan/device/device.h"
#include "facegan/version.h"

namespace facegan::train {
namespace {

using core::str;

// What the tensor of the statistics sums up, in its order.
constexpr spec::MetricKey kSums[kStatistics] = {"d_loss",     "g_loss",          "d_real",         "d_fake",
                                                "d_accuracy", "d_accuracy_real", "d_accuracy_fake"};

data::LoaderOptions loader_options(const config::Config& c) {
  data::LoaderOptions options;
  options.batch = c.batch;
  options.seed = static_cast<std::uint64_t>(c.seed);
  options.workers = static_cast<int>(c.workers);
  options.flip = c.flip;
  options.fail_on_bad_image = c.on_bad_image == "fail";
  return options;
}

}  // namespace

Trainer::Trainer(const config::Config& config, const run::Loaded* from, bool leaves_no_trace)
    : config_(config),
      networks_(config::build_networks(config_)),
      recipe_(config_),
      order_(find_update_order(config_.update)),
      dataset_(data::open_dataset(data::dataset_options(config_))),
      fingerprint_(dataset_->fingerprint()) {
  if (config_.batch > static_cast<std::int64_t>(dataset_->size())) {
    core::log_info("batch ", config_.batch, " is more than the ", dataset_->size(), " pictures: using ",
                   dataset_->size());
    config_.batch = static_cast<std::int64_t>(dataset_->size());
  }
  check_layers();
  if (from) check_tensors(*from);
  device::apply_machine(config_);
  data::LoaderOptions options = loader_options(config_);
  options.pack_key = data::pack_key(data::dataset_options(config_), *dataset_, fingerprint_);
  if (leaves_no_trace) options.pack_at_least = UINT64_MAX;
  loader_.emplace(dataset_, static_cast<int>(config_.size), static_cast<int>(config_.channels), options);
  const at::Device device(config_.device);
  model_.emplace(config_, networks_, device);
  feed_.emplace(*loader_, config_.batch, PictureShape{config_.size, config_.channels}, device,
                [name = config_.device] { return device::free_memory_bytes(name) / 2; });
  stepper_.emplace(*model_, config_);
  total_steps_ = config_.epochs * loader_->steps_per_epoch();
  if (config_.max_steps > 0) total_steps_ = std::min(total_steps_, config_.max_steps);
}

// What layers ask of the batch and of the machine.
void Trainer::check_layers() const {
  const bool exact_cuda = config_.deterministic && config_.device.starts_with("cuda");
  for (const auto* network : {&networks_.generator, &networks_.discriminator})
    spec::for_each_layer(network->layers, [&](const spec::Layer& layer) {
      const std::string kind = layer.kind->name;
      // One value has no variance: a batch of one cannot be normalised feature by feature.
      if (config_.batch == 1 && kind == "batch_norm" && spec::elements(layer.out) == layer.out[0])
        throw Error(ErrorKind::usage, str("batch 1 is too small for the batch_norm at ", layer.where,
                                          ", which needs 2 or more"));
      if (exact_cuda && kind == "upsample" && layer.word("mode") == "bilinear")
        throw Error(ErrorKind::usage, str("the bilinear upsample at ", layer.where,
                                          " has no deterministic gradient on CUDA; take mode nearest, or "
                                          "leave out --deterministic"));
    });
}

void Trainer::check_tensors(const run::Loaded& loaded) const {
  std::vector<checkpoint::TensorShape> wanted;
  const auto add_network = [&](const spec::Network& network, const std::string& prefix) {
    spec::for_each_layer(network.layers, [&](const spec::Layer& layer) {
      for (const auto& tensor : layer.tensors)
        wanted.push_back({str(prefix, ".", layer.path, ".", tensor.name), tensor.shape});
    });
  };
  add_network(networks_.generator, "g");
  add_network(networks_.discriminator, "d");
  checkpoint::check_shapes(loaded.file, loaded.path.string(), wanted);
}

void Trainer::initialise() {
  model_->g.initialise(config_.init_g, static_cast<std::uint64_t>(config_.seed));
  model_->d.initialise(config_.init_d, static_cast<std::uint64_t>(config_.seed));
}

void Trainer::restore(const run::Loaded& loaded, bool allow_data_change) {
  const std::string name = loaded.path.string();
  const std::string& pictures = loaded.text(run::kKeyData);
  const std::string change =
      str("steps an epoch: ", loaded.integer(run::kKeyStepsPerEpoch), ", now ", steps_per_epoch());
  const std::string found = core::hex64(fingerprint_);
  if (pictures != found) {
    const std::string what = str("the pictures have changed since ", core::printable(name),
                                 " was written: names or sizes differ (", core::printable(pictures), ", now ",
                                 found, "), ", change);
    if (!allow_data_change)
      throw Error(ErrorKind::checkpoint,
                  what + "; restore them, start a new run, or go on with --allow-data-change");
    core::log_warning(what, "; going on with the pictures as they are now");
  } else if (loaded.integer(run::kKeyStepsPerEpoch) != steps_per_epoch()) {
    core::log_warning(change);  // another --batch, which was allowed
  }
  restore_state(loaded);
  step_ = loaded.integer(run::kKeyStep);
  partial_steps_ = loaded.integer(run::kKeyPartialSteps);
  model_->refresh();
  // Checkpoints of earlier versions know of none.
  const bool counted = loaded.file.metadata.contains(run::kKeyRollbacks);
  const std::int64_t count = counted ? loaded.integer(run::kKeyRollbacks) : 0;
  if (count > kMaxRollbacks)
    throw Error(ErrorKind::checkpoint, str(core::printable(name), ": '", run::kKeyRollbacks, "' is ", count,
                                           ", more than the ", kMaxRollbacks, " there can be"));
  set_rollbacks(static_cast<int>(count));
}

void Trainer::restore_state(const run::Loaded& loaded) {
  auto state = model_->state();
  const auto* stored = loaded.file.find("statistics");
  const bool earlier = stored && stored->shape == std::vector<std::int64_t>{kFirstStatistics};
  at::Tensor& sums = model_->statistics;
  if (earlier)
    for (auto& [name, tensor] : state)
      if (name == "statistics") tensor = sums.narrow(0, 0, kFirstStatistics);
  checkpoint::restore(loaded.file, loaded.path.string(), state, /*exact=*/true);
  // D was right about both as often as about each, as far as is known: the line that these sums become part
  // of still has a mean of the two that is right.
  if (earlier) sums.narrow(0, kFirstStatistics, kStatistics - kFirstStatistics).copy_(sums.select(0, 4));
}

void Trainer::set_rollbacks(int count) {
  rollbacks_ = count;
  // Odd, so that every count has a seed of its own.
  constexpr std::uint64_t kStride = 0x9E3779B97F4A7C15;
  recipe_.seed = static_cast<std::uint64_t>(config_.seed) + kStride * static_cast<std::uint64_t>(count);
  model_->adam_g.set_lr(std::ldexp(config_.lr_g, -count));
  model_->adam_d.set_lr(std::ldexp(config_.lr_d, -count));
}

void Trainer::start_data() {
  feed_->start(step_ / steps_per_epoch(), step_ % steps_per_epoch());
}

void Trainer::advance() {
  StepInput input = draw_input(recipe_, order_, static_cast<std::uint64_t>(step_), config_.batch, config_.z,
                               at::Device(config_.device));
  input.real = feed_->next();
  stepper_->run(recipe_, std::move(input));
  ++step_;
  ++partial_steps_;
}

run::Metrics Trainer::means() const {
  const at::Tensor sums = model_->statistics.to(at::kCPU);
  const double* s = sums.const_data_ptr<double>();
  const double n = static_cast<double>(std::max<std::int64_t>(partial_steps_, 1));
  run::Metrics m;
  m.step = step_;
  m.epoch = (step_ - 1) / steps_per_epoch() + 1;
  m.images = step_ * config_.batch;
  for (std::size_t i = 0; i < std::size(kSums); ++i) m.set(kSums[i], s[i] / n);
  return m;
}

void Trainer::clear_statistics() {
  model_->statistics.zero_();
  partial_steps_ = 0;
}

core::Metadata Trainer::metadata() const {
  return {
      {run::kKeyFormat, run::kFormat},
      {run::kKeyVersion, kVersion},
      {run::kKeyConfig, config::to_yaml(config_)},
      {run::kKeyStep, std::to_string(step_)},
      {run::kKeyStepsPerEpoch, std::to_string(steps_per_epoch())},
      {run::kKeyPartialSteps, std::to_string(partial_steps_)},
      {run::kKeyRollbacks, std::to_string(rollbacks_)},
      {run::kKeyData, core::hex64(fingerprint_)},
      {run::kKeyCpu, device::cpu_capability(config_)},
  };
}

}  // namespace facegan::train
