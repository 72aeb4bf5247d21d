// Ten training steps in double for each loss, order and penalty against PyTorch (make_steps.py says how).
#include <ATen/Parallel.h>

#include "facegan/core/text.h"
#include "golden.h"
#include "small_dcgan.h"
#include "train/statistics.h"

namespace facegan::train {
namespace {

const json& cases() {
  static const json numbers = read_reference("steps_reference.json")["cases"];
  return numbers;
}

config::Config configuration(const json& stored) {
  config::Config config = small_dcgan_config();
  config.loss = stored["loss"].get<std::string>();
  config.update = stored["order"].get<std::string>();
  config.label_smoothing = stored.value("label_smoothing", 0.0);
  config.r1 = stored.value("r1", 0.0);
  config.r2 = stored.value("r2", 0.0);
  config.gp = stored.value("gp", 0.0);
  config.penalty_every = stored.value("penalty_every", 1);
  if (stored.contains("augment")) {
    config.augment = core::join(stored["augment"].get<std::vector<std::string>>(), ",");
    config.augment_p = "0.6";
  }
  if (stored.value("condition", false)) config.condition = "digit";
  config.d_steps = stored.value("d_steps", 1);
  if (stored.contains("adam")) {
    const json& adam = stored["adam"];
    config.adam_form = adam["form"].get<std::string>();
    config.lr_g = config.lr_d = adam["lr"].get<double>();
    config.beta1 = adam["beta1"].get<double>(), config.beta2 = adam["beta2"].get<double>();
    config.adam_eps = adam["eps"].get<double>();
  }
  return config;
}

// As draw_augmentation() gives it.
at::Tensor augmentation(double s) {
  return fill({5, 4, kAugmentNumbers}, [s](auto at) {
    const auto k = at % kAugmentNumbers;
    const double u = 0.5 + 0.5 * std::sin(1.3 * static_cast<double>(at / kAugmentNumbers / 4) +
                                          0.7 * static_cast<double>(at / kAugmentNumbers % 4) +
                                          0.9 * static_cast<double>(k) + 0.4 * s);
    return k == 1             ? u - 0.5
           : k == 2           ? 2 * u
           : k == 3           ? 0.5 + u
           : k == 5 || k == 6 ? std::nearbyint(8 * u - 4)
           : k >= 8           ? std::floor(31 * u) - 8
                              : u;
  });
}

StepInput input(const json& stored, std::int64_t step, at::ScalarType type) {
  StepInput in = small_dcgan_input(step);
  const auto s = static_cast<double>(step);
  in.z_g = fill({4, 16}, [s](auto k) {
    return std::sin(0.3 * static_cast<double>(k % 16) + 1.1 * static_cast<double>(k / 16) + 0.5 * s + 2);
  });
  in.mix = fill({4}, [s](auto n) { return 0.5 + 0.45 * std::sin(1.7 * static_cast<double>(n) + 0.9 * s); });
  if (stored.value("flips", false))
    in.flipped = fill({8}, [step](auto n) { return (7 * n + 3 * step) % 5 == 0 ? 1.0 : 0.0; });
  in.penalty = fill({1}, [&](auto) {
    return stored.value("penalty_share", false) ? 0.2 + 0.8 * std::pow(std::cos(0.3 * s), 2) : 1;
  });
  if (stored.value("condition", false))
    in.labels = fill({4, 10}, [step](auto k) { return (3 * (k / 10) + step) % 10 == k % 10 ? 1.0 : 0.0; });
  in.augment = augmentation(s);
  for (const auto tensor : kStepTensors)
    if ((in.*tensor).defined()) in.*tensor = (in.*tensor).to(type);
  return in;
}

void expect_steps(const json& stored, at::ScalarType type, double tolerance) {
  at::set_num_threads(1);  // these tensors are too small to share; and sums have one order
  const config::Config config = configuration(stored);
  Model model = small_dcgan(config, type);
  const Recipe recipe(config);
  const UpdateOrder& order = find_update_order(config.update);
  for (int step = 0; step < static_cast<int>(stored["statistics"].size()); ++step) {
    const std::string what = "step " + std::to_string(step) + " ";
    model.statistics.zero_();
    take_step(model, recipe, order, input(stored, step, type));
    for (std::size_t i = 0; i < statistics().size(); ++i)
      expect_near(model.statistics[static_cast<std::int64_t>(i)].item<double>(),
                  stored["statistics"][step][i].get<double>(),
                  what + std::string(statistics()[i].metric.facts().key), tolerance);
    const std::string done = std::to_string(step + 1);
    if (!stored["after"].contains(done)) continue;
    std::size_t i = 0;
    for (const nn::Network* network : {&model.g.network, &model.d.network})
      for (const auto& named : network->tensors())
        expect_moments(named.tensor, stored["after"][done].at(i++), what + named.name, tolerance);
    EXPECT_EQ(i, stored["after"][done].size());
  }
}

class GoldenSteps : public testing::TestWithParam<std::size_t> {};

TEST_P(GoldenSteps, EqualPyTorch) {
  expect_steps(cases()[GetParam()], at::kDouble, kTolerance);
}

std::string name(const testing::TestParamInfo<std::size_t>& index) {
  const json& stored = cases()[index.param];
  std::string text = stored["loss"].get<std::string>() + "_" + stored["order"].get<std::string>();
  for (const char* key : {"r1", "r2", "gp", "flips", "d_steps", "adam", "condition"})
    if (stored.contains(key)) text += std::string("_") + key;
  if (stored.contains("augment"))
    for (const auto& one : stored["augment"]) text += "_" + one.get<std::string>();
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenSteps, testing::Range<std::size_t>(0, cases().size()), name);

// In the type that runs use. Rounding has moved step 10 by 6e-4.
TEST(GoldenStepsInFloat, AreNear) {
  expect_steps(cases()[0], at::kFloat, 1e-2);
}

}  // namespace
}  // namespace facegan::train
