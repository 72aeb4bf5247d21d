#include "train/trainer.h"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iterator>

#include "checkpoint/state.h"
#include "facegan/core/clock.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/data/packed.h"
#include "facegan/device/device.h"
#include "facegan/infer/pictures.h"
#include "facegan/version.h"
#include "ranks/sums.h"
#include "train/adaptive.h"
#include "train/conditions.h"
#include "train/feed.h"
#include "train/limits.h"
#include "train/outputs.h"
#include "train/shares.h"
#include "train/statistics.h"
#include "train/stepper.h"
#include "train/transfer.h"

namespace facegan::train {
namespace {

using core::str;

data::LoaderOptions loader_options(const config::Config& c, const ranks::Team* team) {
  data::LoaderOptions options;
  options.batch = c.batch;
  options.seed = static_cast<std::uint64_t>(c.seed);
  options.workers = static_cast<int>(c.workers);
  options.flip = c.flip;
  options.fail_on_bad_image = c.on_bad_image == "fail";
  if (team) options.rows = own_rows(team, c.batch, c.accumulate);
  return options;
}

// Seconds of a forward pass over one picture; the first one only warms up.
double forward_seconds_of(const nn::Network& network, const at::Tensor& input, const std::string& device) {
  double begin = 0;
  for (int i = 0; i < 2; ++i) {
    begin = core::now_s();
    network.forward(input, {.training = false});
    device::synchronize(device);
  }
  return (core::now_s() - begin) / static_cast<double>(input.size(0));
}

}  // namespace

struct Trainer::Engine {
  Engine(const config::Config& config, const config::Networks& networks, std::size_t pictures,
         data::Loader& loader, const data::ConditionTable& conditions, const ranks::Team* team)
      : recipe(config),
        device(config.device),
        model(config, networks, device),
        feed(
            loader, config.batch / (team ? team->size() : 1), {config.size, config.channels}, device,
            [name = config.device] { return device::free_memory_bytes(name) / 2; },
            on_device(conditions, device)),
        stepper(model, config, /*plain=*/team != nullptr),
        adaptive(config, model, pictures, conditions.names),
        half_life(config::parse_half_life(config.ema)) {
    if (!team) return;
    recipe.team = team;
    model.join(*team);
  }

  Recipe recipe;
  at::Device device;
  Model model;
  Feed feed;
  Stepper stepper;
  AdaptiveAugmentation adaptive;
  std::int64_t half_life;     // of the mean network, pictures
  std::int64_t settled = -1;  // the step after which its statistics were computed
  at::Tensor real, labels;    // that fetch() brought
};

Trainer::Trainer(const config::Config& config, const run::Loaded* from, bool leaves_no_trace,
                 const ranks::Team* team)
    : config_(config),
      // One rank has all pictures: its steps are those of a process alone.
      team_(team && team->size() > 1 ? team : nullptr),
      dataset_(data::open_dataset(data::dataset_options(config_))),
      conditions_(conditions_of(config_, *dataset_, from != nullptr)),
      facts_(*dataset_, conditions_),
      networks_(config::build_networks(config_)) {
  const std::int64_t ranks = team_ ? team_->size() : 1;
  fit_batch(config_, dataset_->size(), ranks);
  check_shares(config_, ranks);
  check_layers(config_, networks_, ranks);
  if (from) check_tensors(*from), check_conditions(*from, conditions_);
  check_memory(config_, networks_, ranks);
  device::apply_machine(config_);
  data::LoaderOptions options = loader_options(config_, team_);
  options.pack_at_most = static_cast<std::uint64_t>(config_.packed_gib) << 30;
  if (config_.packed_gib > 0) options.pack_key = data::pack_key(data::dataset_options(config_), *dataset_);
  // The packed file is made once on a machine.
  const bool packs = !team_ || team_->place().local_rank == 0;
  if (leaves_no_trace || !packs) options.pack_at_least = UINT64_MAX;
  loader_.emplace(dataset_, config_.size, static_cast<int>(config_.channels), options);
  engine_ = std::make_unique<Engine>(config_, networks_, dataset_->size(), *loader_, conditions_, team_);
  total_steps_ = train::total_steps(config_, loader_->steps_per_epoch());
}

Trainer::~Trainer() = default;

void Trainer::check_tensors(const run::Loaded& loaded) const {
  auto wanted = checkpoint::shapes_of(networks_.generator, "g");
  std::ranges::move(checkpoint::shapes_of(networks_.discriminator, "d"), std::back_inserter(wanted));
  checkpoint::check_shapes(loaded.file, loaded.path.string(), wanted);
}

infer::Conditions Trainer::conditions() const {
  if (conditions_.names.empty()) return {};
  const at::Tensor rows = checkpoint::packed(engine_->model.condition_rows);
  const auto* begin = rows.const_data_ptr<signed char>();
  return {{config_.condition, conditions_.names}, {begin, begin + rows.numel()}};
}

void Trainer::initialise() {
  if (!conditions_.names.empty())
    engine_->model.condition_rows.copy_(real_rows(conditions_, static_cast<std::uint64_t>(config_.seed)));
  engine_->model.g.network.initialise(config_.init_g, static_cast<std::uint64_t>(config_.seed));
  engine_->model.d.network.initialise(config_.init_d, static_cast<std::uint64_t>(config_.seed));
  if (config_.init_from.empty())
    engine_->model.start_mean();
  else
    take_weights(engine_->model, config_, core::join(conditions_.names, "\n"));
  engine_->adaptive.start();
}

void Trainer::restore(const run::Loaded& loaded, bool allow_data_change) {
  const std::string name = loaded.path.string();
  const std::string change =
      str("steps an epoch: ", loaded.integer(run::kKeyStepsPerEpoch), ", now ", steps_per_epoch());
  if (const std::string difference = facts_.difference(loaded, *dataset_); !difference.empty()) {
    const std::string where = config_.data.empty() ? "" : str(" at ", core::printable(config_.data));
    const std::string what = str("the pictures", where, " are not those that ", core::printable(name),
                                 " was trained on: ", difference, "; ", change);
    if (!allow_data_change)
      throw Error(ErrorKind::checkpoint,
                  what +
                      "; restore them, name their place with --data, start a new run, or go on with "
                      "--allow-data-change");
    core::log_warning(what, "; going on with the pictures as they are now");
  } else if (loaded.integer(run::kKeyStepsPerEpoch) != steps_per_epoch()) {
    // Another --batch, which was allowed.
    const std::int64_t step = loaded.integer(run::kKeyStep);
    core::log_warning(change, "; the ", step, " steps done count as ", step / steps_per_epoch(),
                      " of --epochs ", config_.epochs);
  }
  restore_state(loaded);
  step_ = loaded.integer(run::kKeyStep);
  engine_->settled = -1;
  partial_steps_ = loaded.integer(run::kKeyPartialSteps);
  engine_->model.refresh();
  // Checkpoints of earlier versions know of none.
  const bool counted = loaded.file.metadata.contains(run::kKeyRollbacks);
  const std::int64_t count = counted ? loaded.integer(run::kKeyRollbacks) : 0;
  if (count > kMaxRollbacks)
    throw Error(ErrorKind::checkpoint, str(core::printable(name), ": '", run::kKeyRollbacks, "' is ", count,
                                           ", more than the ", kMaxRollbacks, " there can be"));
  set_rollbacks(static_cast<int>(count));
  best_ = run::best_of(loaded);
}

void Trainer::restore_state(const run::Loaded& loaded) {
  auto state = engine_->model.state();
  at::Tensor& sums = engine_->model.statistics;
  const auto* stored = loaded.file.find("statistics");
  // A checkpoint of an earlier version has fewer.
  const std::int64_t known =
      stored && stored->shape.size() == 1 ? std::min(stored->shape[0], sums.size(0)) : sums.size(0);
  for (auto& [name, tensor] : state)
    if (name == "statistics") tensor = sums.narrow(0, 0, known);
  checkpoint::restore(loaded.file, loaded.path.string(), state, /*exact=*/true);
  // The line that these sums become part of has what it can: the key that stands in, or nothing so far.
  for (std::int64_t i = known; i < sums.size(0); ++i) {
    sums[i].zero_();
    for (std::int64_t k = 0; k < known; ++k)
      if (statistics()[static_cast<std::size_t>(k)].metric.facts().key ==
          statistics()[static_cast<std::size_t>(i)].metric.facts().older)
        sums[i].copy_(sums[k]);
  }
}

void Trainer::set_rollbacks(int count) {
  rollbacks_ = count;
  // Odd, so that every count has a seed of its own.
  constexpr std::uint64_t kStride = 0x9E3779B97F4A7C15;
  engine_->recipe.seed =
      static_cast<std::uint64_t>(config_.seed) + kStride * static_cast<std::uint64_t>(count);
}

void Trainer::compare_pictures() const {
  if (!team_) return;
  core::Metadata metadata;
  facts_.add_to(metadata);
  team_->compare("pictures", {metadata.begin(), metadata.end()});
}

void Trainer::share_state() {
  if (!team_) return;
  // best_ stays with rank 0, which alone evaluates.
  const auto numbers = core::split(team_->share(str(step_, ' ', partial_steps_, ' ', rollbacks_)), ' ');
  std::array<std::int64_t, 3> values{};
  for (std::size_t i = 0; i < values.size(); ++i)
    if (numbers.size() != values.size() || !core::parse_integer(numbers[i], values[i]))
      throw Error(ErrorKind::internal, "rank 0 told something else than its step");
  step_ = values[0], partial_steps_ = values[1];
  set_rollbacks(static_cast<int>(values[2]));
  std::vector<at::Tensor> tensors;
  for (const auto& each : engine_->model.state()) tensors.push_back(each.tensor);
  ranks::share(*team_, tensors);
  engine_->model.refresh();
  engine_->settled = -1;
}

void Trainer::start_data() {
  engine_->real = at::Tensor();
  engine_->feed.start(step_ / steps_per_epoch(), step_ % steps_per_epoch());
}

void Trainer::fetch() {
  engine_->real = engine_->feed.next();
  engine_->labels = engine_->feed.labels();
}

void Trainer::advance() {
  auto& [recipe, device, model, feed, stepper, adaptive, half_life, settled, fetched, fetched_labels] =
      *engine_;
  const Rates now = learning_rates();
  model.g.adam.set_lr(now.g);
  model.d.adam.set_lr(now.d);
  StepInput input = draw_input(recipe, static_cast<std::uint64_t>(step_), config_.batch, config_.z, device,
                               penalty_share(config_, progress()));
  const at::Tensor real = std::exchange(fetched, at::Tensor()), z = input.z, labels = fetched_labels;
  input.real = real, input.labels = labels;
  stepper.run(recipe, std::move(input));
  adaptive.follow(recipe, static_cast<std::uint64_t>(step_), real, z, labels);
  if (model.mean_g) model.update_mean(mean_share(half_life, progress()));
  ++step_;
  ++partial_steps_;
}

run::Metrics Trainer::means() const {
  const at::Tensor sums = engine_->model.statistics.to(at::kCPU);
  const double steps = static_cast<double>(std::max<std::int64_t>(partial_steps_, 1));
  run::Metrics m;
  m.step = step_;
  m.epoch = (step_ - 1) / steps_per_epoch() + 1;
  m.images = step_ * config_.batch;
  for (std::size_t i = 0; i < statistics().size(); ++i)
    m.set(statistics()[i].metric, sums.const_data_ptr<double>()[i] / steps);
  if (engine_->model.augment_sum.defined())  // it adapts
    m.set("augment_p", engine_->model.augment_p.item<double>());
  return m;
}

void Trainer::clear_statistics() {
  engine_->model.statistics.zero_();
  partial_steps_ = 0;
}

double Trainer::generator_gradient() const {
  at::Tensor sum = at::zeros({}, at::TensorOptions(at::kDouble).device(engine_->device));
  for (const at::Tensor& moment : engine_->model.g.adam.exp_avg())
    sum += moment.to(at::kDouble).square().sum();
  return std::sqrt(sum.item<double>());
}

std::string Trainer::fault(const run::Metrics& means) const {
  for (const spec::MetricKey metric : spec::metrics())
    if (means.has(metric) && !std::isfinite(means[metric]))
      return str("D loss ", means["d_loss"], ", G loss ", means["g_loss"]);
  const std::string name = engine_->model.broken_tensor();
  return name.empty() ? "" : str("the values of '", name, "' are no longer finite");
}

core::Metadata Trainer::metadata() const {
  core::Metadata metadata = {
      {run::kKeyFormat, run::kFormat},
      {run::kKeyVersion, kVersion},
      {run::kKeyConfig, config::to_yaml(config_)},
      {run::kKeyStep, std::to_string(step_)},
      {run::kKeyStepsPerEpoch, std::to_string(steps_per_epoch())},
      {run::kKeyPartialSteps, std::to_string(partial_steps_)},
      {run::kKeyRollbacks, std::to_string(rollbacks_)},
      {run::kKeyCpu, device::cpu_capability(config_)},
  };
  facts_.add_to(metadata);
  if (!conditions_.names.empty()) metadata[run::kKeyConditions] = core::join(conditions_.names, "\n");
  if (best_) run::add_to(metadata, *best_);
  return metadata;
}

// Before the mean network is shown or stored.
void Trainer::settle() const {
  if (engine_->settled == step_) return;
  engine_->model.settle_mean(static_cast<std::uint64_t>(config_.seed));
  engine_->settled = step_;
}

std::string Trainer::checkpoint() const {
  settle();
  return checkpoint::serialise(engine_->model.state(), metadata());
}

std::uint64_t Trainer::checkpoint_bytes() const {
  std::uint64_t bytes = 1 << 16;  // the header
  for (const auto& t : engine_->model.state()) bytes += static_cast<std::uint64_t>(t.tensor.nbytes());
  return bytes;
}

std::string Trainer::differing_tensor(const run::Loaded& loaded) const {
  settle();
  for (const auto& [name, tensor] : engine_->model.state()) {
    const auto& info = *loaded.file.find(name);
    if (std::memcmp(checkpoint::packed(tensor).const_data_ptr(), loaded.file.bytes_of(info), info.bytes()) !=
        0)
      return name;
  }
  return "";
}

std::vector<image::Image> Trainer::samples(std::size_t count) const {
  const auto seed = static_cast<std::uint64_t>(config_.seed);
  const infer::Conditions shown = conditions();
  std::vector<infer::Latent> latents;
  for (std::size_t i = 0; i < count; ++i)
    latents.push_back(
        infer::told(infer::draw_latent(seed, core::Purpose::sample, i, config_.z), shown.row(seed, i)));
  settle();
  return infer::generate_chunks(engine_->model.shown_g(), latents);
}

std::vector<image::Image> Trainer::grid_pictures() const {
  settle();
  std::vector<image::Image> pictures;
  for (const infer::Latent& latent : grid_latents(config_, conditions()))
    pictures.push_back(infer::generate_picture(engine_->model.shown_g(), latent));
  return pictures;
}

std::vector<image::Image> Trainer::apart(const std::vector<image::Image>& grid) const {
  return conditions_.names.empty() ? grid : samples(grid.size());
}

ForwardSeconds Trainer::forward_seconds() const {
  const c10::AutoGradMode no_grad(false);
  const std::int64_t batch = std::min<std::int64_t>(config_.batch, 32);
  const auto options = at::TensorOptions(at::kFloat).device(engine_->device);
  const at::Tensor pictures =
      at::zeros({batch, config_.size.height, config_.size.width, config_.channels}, options)
          .permute({0, 3, 1, 2});
  const Model& model = engine_->model;
  const double g =
      forward_seconds_of(model.g.network, at::zeros({batch, config_.z}, options), config_.device);
  return {g, forward_seconds_of(model.d.network, pictures, config_.device)};
}

}  // namespace facegan::train
