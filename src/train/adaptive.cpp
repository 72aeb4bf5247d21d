#include "train/adaptive.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/data/dataset.h"
#include "facegan/spec/catalogue.h"
#include "nn/pixels.h"
#include "ranks/sums.h"
#include "train/pass.h"
#include "train/shares.h"

namespace facegan::train {
namespace {

using at::Tensor;

constexpr std::int64_t kEvery = 4;        // steps from one change to the next ...
constexpr std::int64_t kEveryProbe = 16;  // ... and where it takes passes of its own
constexpr double kTarget = 0.6;           // of what is compared
constexpr double kMost = 0.8;             // probability
constexpr double kPictures = 500'000;     // from 0 to 1 takes so many at least
constexpr std::size_t kHeldOut = 2000;    // pictures, at most

double first_probability(std::size_t pictures) {
  return std::max((100'000 - static_cast<double>(pictures)) * 3e-6, 0.0);
}

struct HeldOut {
  Tensor pictures, labels;
};

HeldOut held_out_pictures(const config::Config& config, const std::vector<std::string>& conditions,
                          at::Device device) {
  data::DatasetOptions options = data::dataset_options(config);
  options.part = data::Part::held_out;
  const auto set = data::open_dataset(options);
  const auto count = static_cast<std::int64_t>(std::min(set->size(), kHeldOut));
  if (count == 0)
    throw Error(ErrorKind::usage,
                "augment_p auto needs pictures that do not train, and none was held out: take a "
                "larger --hold-out, or set --augment-p 0.3");
  Tensor out = at::empty({count, config.size.height, config.size.width, config.channels}, at::kByte);
  auto* to = out.mutable_data_ptr<unsigned char>();
  const auto numbers = static_cast<std::int64_t>(conditions.size());
  Tensor labels = at::zeros({count, numbers}, at::kChar);
  auto* to_labels = labels.mutable_data_ptr<signed char>();
  data::ConditionTable table;
  if (numbers > 0) table = data::condition_table(config.condition, conditions, options, *set);
  data::pick_pictures(
      *set, options.seed, static_cast<std::size_t>(count), [&](std::size_t index, image::Image picture) {
        to = std::copy(picture.pixels.begin(), picture.pixels.end(), to);
        to_labels =
            std::copy_n(table.rows.begin() + static_cast<std::int64_t>(index) * numbers, numbers, to_labels);
      });
  return {out.to(device), numbers > 0 ? labels.to(device) : Tensor()};
}

}  // namespace

AdaptiveAugmentation::AdaptiveAugmentation(const config::Config& config, Model& model, std::size_t pictures,
                                           const std::vector<std::string>& conditions)
    : model_(model),
      is_on_(config.augment != "off" && config.augment_p == "auto"),
      has_no_zero_(!spec::find_loss(config.loss).middle_tells),
      batch_(config.batch),
      first_(first_probability(pictures)) {
  if (!is_on_ || !has_no_zero_) return;
  HeldOut others = held_out_pictures(config, conditions, model.g.network.device());
  held_out_ = std::move(others.pictures), held_out_labels_ = std::move(others.labels);
}

void AdaptiveAugmentation::start() {
  if (is_on_) model_.augment_p.fill_(first_);
}

// Up where `too_well` is above zero.
void AdaptiveAugmentation::move(const Tensor& too_well, std::int64_t steps) {
  const double by = static_cast<double>(steps * batch_) / kPictures;
  model_.augment_p.add_(too_well.sign().to(at::kFloat).mul(by)).clamp_(0, kMost);
}

Tensor AdaptiveAugmentation::outputs(const Recipe& recipe, std::uint64_t step, std::int64_t look,
                                     const Tensor& pictures, const Tensor& labels) const {
  const std::int64_t ranks = recipe.team ? recipe.team->size() : 1;
  const auto rows = own_shares(recipe.team, pictures.size(0) * ranks, /*parts=*/1);
  const Tensor drawn = draw_augmentation(recipe.seed, step, 1, rows, recipe.size, kLooks + look)[0];
  const Tensor seen =
      augmented(recipe.augmentation, pictures, upload(drawn, pictures.device()), model_.augment_p);
  const nn::Pass pass{
      .training = false, .labels = labels, .team = recipe.team, .sync_statistics = recipe.sync_batch_norm};
  return model_.d.network.forward(seen, pass).mean();
}

void AdaptiveAugmentation::follow(const Recipe& recipe, std::uint64_t step, const Tensor& real,
                                  const Tensor& z, const Tensor& labels) {
  if (!is_on_) return;
  const c10::AutoGradMode no_grad(false);
  const auto done = static_cast<std::int64_t>(step) + 1;
  if (!has_no_zero_) {
    // The mean sign of D's outputs for training pictures.
    if (done % kEvery != 0) return;
    move(model_.augment_sum.div(static_cast<double>(kEvery)).sub(kTarget), kEvery);
    model_.augment_sum.zero_();
    return;
  }
  if (done % kEveryProbe != 0) return;
  // Outputs without a zero: how far held-out pictures are from training ones, in the
  // way from these to generated ones.
  const std::int64_t ranks = recipe.team ? recipe.team->size() : 1,
                     rank = recipe.team ? recipe.team->rank() : 0;
  const std::int64_t n = real.size(0) / recipe.parts, count = held_out_.size(0);  // n: of this rank
  // None of them twice: a D that sees how much a batch varies would take that for a lack of variation.
  const std::int64_t others = std::max<std::int64_t>(std::min(n, count / ranks), 1);
  const Tensor rows = at::arange(others, at::TensorOptions(at::kLong).device(real.device()))
                          .add(rank * others + done / kEveryProbe * n * ranks)
                          .remainder(count);
  const Tensor told = labels.defined() ? labels.narrow(0, 0, n) : labels;
  const Tensor fake = model_.g.network.forward(z.narrow(0, 0, n), {.training = false, .labels = told});
  const Tensor told_others = labels.defined() ? held_out_labels_.index_select(0, rows) : labels;
  Tensor means =
      at::stack({outputs(recipe, step, 0, real.narrow(0, 0, n), told),
                 outputs(recipe, step, 1, nn::to_floats(held_out_.index_select(0, rows)), told_others),
                 outputs(recipe, step, 2, fake, told)});
  if (recipe.team) ranks::mean_(*recipe.team, means);
  const Tensor of_train = means[0], of_others = means[1], of_fake = means[2];
  move(of_train.sub(of_others).sub(of_train.sub(of_fake).clamp_min(0).mul(kTarget)), kEveryProbe);
}

}  // namespace facegan::train
