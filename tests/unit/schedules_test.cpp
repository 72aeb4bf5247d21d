// What changes on the way: rates, weights of penalties, the mean network, augmentation.
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <c10/core/GradMode.h>

#include <map>

#include "checkpoint/state.h"
#include "facegan/infer/sampler.h"
#include "tiny_training.h"
#include "train/augment.h"
#include "train/model.h"
#include "train/rates.h"

namespace facegan::train {
namespace {

double rate(const config::Config& c, std::int64_t step, int rollbacks = 0) {
  return rates(c, rollbacks, {step, 100, 8}).g;
}

TEST(Rates, FallOverTheLastPartOfARun) {
  config::Config c;
  c.lr_g = 2;
  EXPECT_EQ(rate(c, 99), 2);
  EXPECT_EQ(rate(c, 99, 3), 0.25);
  c.lr_schedule = "cosine", c.lr_decay = 0.4, c.lr_end = 0.1;
  EXPECT_EQ(rate(c, 0), 2);
  EXPECT_EQ(rate(c, 60), 2);
  EXPECT_NEAR(rate(c, 70), 2 * (0.1 + 0.9 * (1 + std::sqrt(0.5)) / 2), 1e-12);  // a quarter of the way
  EXPECT_NEAR(rate(c, 80), 1.1, 1e-12);
  EXPECT_NEAR(rate(c, 100), 0.2, 1e-12);
  c.lr_schedule = "linear", c.lr_decay = 1;
  EXPECT_NEAR(rate(c, 25), 2 * (0.1 + 0.9 * 0.75), 1e-12);
  EXPECT_EQ(rates(c, 0, {25, 100, 8}).d, rate(c, 25) / 2 * c.lr_d);
}

TEST(Rates, RiseOverTheFirstPictures) {
  config::Config c;
  c.lr_g = 1, c.lr_warmup = 80;
  EXPECT_DOUBLE_EQ(rate(c, 0), 0.1);
  EXPECT_DOUBLE_EQ(rate(c, 4), 0.5);
  EXPECT_EQ(rate(c, 9), 1);
  EXPECT_EQ(rate(c, 50), 1);
}

TEST(Rates, PenaltiesFallToTheirEnd) {
  config::Config c;
  EXPECT_EQ(penalty_share(c, {70, 100, 8}), 1);
  c.penalty_end = 0.1;
  EXPECT_EQ(penalty_share(c, {0, 100, 8}), 1);
  EXPECT_NEAR(penalty_share(c, {50, 100, 8}), 0.55, 1e-12);
  EXPECT_NEAR(penalty_share(c, {100, 100, 8}), 0.1, 1e-12);
}

TEST(Rates, TheMeanForgetsHalfInItsHalfLife) {
  // Late: of weights that are 1,000 pictures old a half is left; early a twentieth of the pictures is enough.
  for (const auto& [seen, pictures] : {std::pair{1'000'000, 1000}, std::pair{8000, 400}}) {
    const double share = mean_share(1000, {seen / 8 - 1, 1'000'000, 8});
    EXPECT_NEAR(std::pow(1 - share, pictures / 8), 0.5, 1e-9) << seen;
  }
}

config::Config with_everything() {
  config::Config c = tiny();
  c.ema = "100", c.augment = "translation,color,cutout", c.augment_p = "0.5", c.loss = "relativistic";
  c.r1 = 1, c.r2 = 0.5, c.penalty_every = 3, c.penalty_end = 0.1;
  c.lr_schedule = "cosine", c.lr_warmup = 40;
  return c;
}

class Schedules : public Loop {};

TEST_F(Schedules, AsManyEpochsAsFitAreStored) {
  config::Config c = with_everything();
  c.epochs = 0, c.max_time = "2s", c.lr_schedule = "cosine";
  const TrainResult result = train_new(c);
  const config::Config stored = run::load_newest(folder_ / "run").config();
  EXPECT_GT(stored.epochs, 1);
  EXPECT_LE(result.steps, stored.epochs * result.steps_per_epoch);
  EXPECT_EQ(error_of([] {
              config::resolve({.flags = {{"epochs", "auto", "flag"}}}, nullptr);
            }).kind(),
            ErrorKind::usage);
  const config::Config read =
      config::resolve({.flags = {{"epochs", "auto", "flag"}, {"max_time", "9m", "flag"}}}, nullptr).config;
  EXPECT_EQ(read.epochs, 0);
  EXPECT_NE(config::to_yaml(read).find("epochs: auto"), std::string::npos);
}

TEST_F(Schedules, AnotherTotalIsFollowedAndSaid) {
  config::Config c = with_everything();
  c.epochs = 1;
  train_new(c);
  testing::internal::CaptureStderr();
  go_on(3);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("fall to their ends at step 24 from here on, no longer at 8"), std::string::npos)
      << said;
  testing::internal::CaptureStderr();
  c.lr_schedule = "constant", c.penalty_end = 1;
  train_new(c, "constant");
  go_on(3, "constant");
  EXPECT_EQ(testing::internal::GetCapturedStderr().find("from here on"), std::string::npos);
}

// By signs, and with a loss that compares by held-out pictures; exact on a replay.
TEST_F(Schedules, AugmentationAdapts) {
  for (const char* loss : {"bce", "relativistic"}) {
    config::Config c = with_everything();
    c.augment_p = "auto", c.loss = loss, c.hold_out = "25%", c.epochs = 20, c.batch = 4;
    c.lr_schedule = "constant";
    train_new(c, loss);
    EXPECT_NO_THROW(verify(folder_ / loss, run::load_newest(folder_ / loss).config())) << loss;
    const auto line = run::last_metrics({folder_ / loss, "metrics.jsonl"});
    ASSERT_TRUE(line && line->has("augment_p")) << loss;
    EXPECT_GT((*line)["augment_p"], 0) << loss;
    EXPECT_LE((*line)["augment_p"], 0.8) << loss;
  }
}

TEST(Augmentation, NeedsPicturesThatDidNotTrainWhereTheLossCompares) {
  const auto resolved = [](std::vector<config::Setting> flags) {
    config::resolve({.flags = std::move(flags), .preset = "dcgan"}, nullptr);
  };
  const std::vector<config::Setting> flags = {{"loss", "relativistic", "flag"}, {"augment", "color", "flag"}};
  EXPECT_EQ(error_of([&] { resolved(flags); }).kind(), ErrorKind::usage);
  for (const config::Setting& more :
       {config::Setting{"augment_p", "0.3", "flag"}, {"hold_out", "5%", "flag"}}) {
    auto all = flags;
    all.push_back(more);
    EXPECT_NO_THROW(resolved(all));
  }
}

TEST_F(Schedules, ARunIsReplayedToTheSameBytes) {
  for (const char* precision : {"fp32", "bf16"}) {
    config::Config c = with_everything();
    c.precision = precision;
    train_new(c, precision);
    EXPECT_NO_THROW(verify(folder_ / precision, run::load_newest(folder_ / precision).config())) << precision;
  }
}

// Norms of D as listed, without, and of its weights: what had a norm behind it has a bias then.
TEST(DNorm, ReplacesWhatIsListed) {
  const auto layers = [](const char* norm) {
    const config::Config c =
        config::resolve({.flags = {{"d_norm", norm, "flag"}}, .preset = "dcgan"}, nullptr).config;
    std::map<std::string, int> count;
    spec::for_each_layer(config::build_networks(c).discriminator.layers, [&](const spec::Layer& layer) {
      ++count[layer.kind->name];
      for (const auto& tensor : layer.tensors) ++count[tensor.name];
    });
    return count;
  };
  auto listed = layers("listed"), none = layers("none"), spectral = layers("spectral");
  EXPECT_EQ(listed["batch_norm"], 3);
  EXPECT_EQ(listed["spectral_u"], 0);
  EXPECT_EQ(none["batch_norm"], 0);
  EXPECT_EQ(none["bias"], 3);
  EXPECT_EQ(none["spectral_u"], 0);
  EXPECT_EQ(spectral["batch_norm"], 0);
  EXPECT_EQ(spectral["spectral_u"], 5);
  EXPECT_EQ(spectral["conv"], 5);
}

// Outside the range of a picture is grey, half of a side, at most, goes.
TEST(Augmentation, KeepsWhatIsNotDrawn) {
  const at::Tensor x = at::rand({64, 3, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor drawn = draw_augmentation(1, 2, 1, {{0, 64}}, 16)[0];
  for (const char* name : {"translation", "color", "cutout"}) {
    const auto apply = [&](double p) {
      return augmented(Augmentation({name}), x, drawn, at::full({}, p, at::kFloat));
    };
    EXPECT_TRUE(at::equal(apply(0), x)) << name;
    const at::Tensor some = apply(0.5).sub(x).abs().amax({1, 2, 3}).gt(0).to(at::kFloat).sum();
    EXPECT_NEAR(some.item<double>(), 32, 12) << name;
  }
  EXPECT_TRUE(
      at::equal(draw_augmentation(1, 2, 1, {{0, 16}}, 16)[0], drawn.narrow(0, 0, 16)));  // picture by picture
  EXPECT_FALSE(at::equal(draw_augmentation(1, 3, 1, {{0, 64}}, 16)[0], drawn));
}

// Each picture by itself, in a loop, as augment.h says it.
TEST(Augmentation, OfPicturesThatAreNotSquare) {
  constexpr std::int64_t kCount = 200, kHeight = 24, kWidth = 10;
  const at::Tensor x = at::rand({kCount, 2, kHeight, kWidth}, at::kDouble).add_(1);
  const at::Tensor drawn = draw_augmentation(1, 2, 1, {{0, kCount}}, {kWidth, kHeight})[0];
  const at::Tensor one = at::full({}, 1, at::kDouble);
  const at::Tensor moved = augmented(Augmentation({"translation"}), x, drawn, one),
                   cut = augmented(Augmentation({"cutout"}), x, drawn, one);
  const auto from = x.accessor<double, 4>(), to = moved.accessor<double, 4>(),
             holes = cut.accessor<double, 4>();
  const auto numbers = drawn.accessor<float, 2>();
  std::int64_t down_most = 0, right_most = 0;
  for (std::int64_t i = 0; i < kCount; ++i) {
    const auto down = static_cast<std::int64_t>(numbers[i][5]),
               right = static_cast<std::int64_t>(numbers[i][6]),
               top = static_cast<std::int64_t>(numbers[i][8]),
               left = static_cast<std::int64_t>(numbers[i][9]);
    down_most = std::max(down_most, std::abs(down)), right_most = std::max(right_most, std::abs(right));
    for (std::int64_t c = 0; c < 2; ++c)
      for (std::int64_t r = 0; r < kHeight; ++r)
        for (std::int64_t k = 0; k < kWidth; ++k) {
          const std::int64_t r0 = r - down, k0 = k - right;
          const bool there = r0 >= 0 && r0 < kHeight && k0 >= 0 && k0 < kWidth;
          ASSERT_EQ(to[i][c][r][k], there ? from[i][c][r0][k0] : 0) << i << ' ' << r << ' ' << k;
          const bool hole = r >= top && r < top + kHeight / 2 && k >= left && k < left + kWidth / 2;
          ASSERT_EQ(holes[i][c][r][k], hole ? 0 : from[i][c][r][k]) << i << ' ' << r << ' ' << k;
        }
  }
  EXPECT_EQ(down_most, 3);   // an eighth
  EXPECT_EQ(right_most, 1);  // of 10 pixels, rounded
}

// The mean network against means by hand, and its statistics against those of its pictures.
TEST_F(Schedules, SamplesAreOfTheMeanNetwork) {
  config::Config c = with_everything();
  train_new(c);
  const run::Loaded loaded = run::load_newest(folder_ / "run");
  ASSERT_TRUE(loaded.file.find("mean.g.0.weight"));
  const infer::Sampler mean(loaded, "cpu"), raw(loaded, "cpu", infer::Weights::raw);
  EXPECT_NE(mean.pictures({mean.latent(1, 0)})[0].pixels, raw.pictures({raw.latent(1, 0)})[0].pixels);
  // A run without one has the same raw weights.
  c.ema = "off";
  train_new(c, "off");
  const run::Loaded off = run::load_newest(folder_ / "off");
  const infer::Sampler plain(off, "cpu");
  EXPECT_EQ(plain.pictures({plain.latent(1, 0)})[0].pixels, raw.pictures({raw.latent(1, 0)})[0].pixels);
  EXPECT_FALSE(off.file.find("mean.g.0.weight"));
}

TEST(MeanNetwork, FollowsAndHasStatisticsOfItsOwn) {
  config::Config c = tiny();
  c.ema = "100";
  Model model(c, config::build_networks(c), at::kCPU);
  model.g.network.initialise("normal", 1);
  model.start_mean();
  const auto weight = [](const nn::Network& n) { return n.tensors()[0].tensor; };
  const at::Tensor before = weight(model.g.network).clone();
  EXPECT_TRUE(at::equal(weight(*model.mean_g), before));
  {
    const c10::AutoGradMode no_grad(false);
    weight(model.g.network).add_(1);
  }
  model.update_mean(0.25);
  EXPECT_TRUE(weight(*model.mean_g).allclose(before.add(0.25)));
  // Units of a dense layer on z ~ N(0, 1): mean 0 (no bias there), variance |w|^2.
  model.settle_mean(5);
  at::Tensor mean, variance, rows;
  for (const auto& t : model.mean_g->tensors()) {
    if (t.spec->role == spec::Role::running_mean) mean = t.tensor;
    if (t.spec->role == spec::Role::running_var) variance = t.tensor;
  }
  const at::Tensor expected = weight(*model.mean_g).square().sum(1);
  EXPECT_TRUE(variance.allclose(expected, 0.25)) << variance.sub(expected).abs().div(expected).max();
  EXPECT_LT(mean.square().div(expected).mean().item<double>(), 0.01);
  const at::Tensor first = variance.clone();
  model.settle_mean(5);
  EXPECT_TRUE(at::equal(variance, first));  // by the seed alone
}

}  // namespace
}  // namespace facegan::train
