// Forward passes and three training steps in double against PyTorch (make_dcgan.py says how).
#include "golden.h"
#include "small_dcgan.h"

namespace facegan::train {
namespace {

const json& reference() {
  static const json numbers = read_reference("dcgan_reference.json");
  return numbers;
}

void expect_network(const nn::Network& network, const json& expected, const std::string& what) {
  ASSERT_EQ(network.tensors().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    expect_moments(network.tensors()[i].tensor, expected[i], what + " " + network.tensors()[i].name);
}

TEST(GoldenDcgan, StartsFromTheSameValues) {
  const Model model = small_dcgan(small_dcgan_config());
  expect_network(model.g.network, reference()["initial"]["generator"], "initial");
  expect_network(model.d.network, reference()["initial"]["discriminator"], "initial");
}

TEST(GoldenDcgan, ForwardPassesEqualPyTorch) {
  const json& expected = reference()["forward"];
  const Model model = small_dcgan(small_dcgan_config());
  const auto in = small_dcgan_input(0);
  const at::Tensor made = model.g.network.forward(in.z, {});
  expect_moments(made, expected["generated"], "generated");
  const at::Tensor flat = made.contiguous().flatten();
  for (int i = 0; i < 8; ++i)
    expect_near(flat[i].item<double>(), expected["generated_first_8"][i].get<double>(), "generated value");
  const at::Tensor real = model.d.network.forward(in.real, {}), fake = model.d.network.forward(made, {});
  for (int i = 0; i < 4; ++i) {
    expect_near(real[i].item<double>(), expected["d_logits_real"][i].get<double>(), "real logit");
    expect_near(fake[i].item<double>(), expected["d_logits_generated"][i].get<double>(), "fake logit");
  }
  expect_moments(model.g.network.forward(in.z, {.training = false}), expected["generated_running_statistics"],
                 "inference");
}

class GoldenDcganSteps : public testing::TestWithParam<const char*> {};

TEST_P(GoldenDcganSteps, EqualPyTorch) {
  const json& expected = reference()[GetParam()];
  const config::Config config = small_dcgan_config();
  Model model = small_dcgan(config);
  for (int step = 0; step < 3; ++step) {
    const std::string what = "step " + std::to_string(step);
    model.statistics.zero_();
    take_step(model, Recipe(config), find_update_order(GetParam()), small_dcgan_input(step));
    const char* names[] = {"d_loss", "g_loss", "d_real", "d_fake", "d_accuracy"};
    for (int i = 0; i < 5; ++i)
      expect_near(model.statistics[i].item<double>(), expected[step][names[i]].get<double>(),
                  what + " " + names[i]);
    expect_network(model.g.network, expected[step]["generator"], what);
    expect_network(model.d.network, expected[step]["discriminator"], what);
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, GoldenDcganSteps, testing::Values("alternating", "simultaneous"),
                         [](const auto& order) { return std::string(order.param); });

}  // namespace
}  // namespace facegan::train
