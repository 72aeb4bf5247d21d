// Ranks: their place, what they sum and agree on, and steps that they take together. Each is a thread here.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <atomic>
#include <map>

#include "error_of.h"
#include "facegan/config/yaml.h"
#include "facegan/core/error.h"
#include "facegan/ranks/team.h"
#include "facegan/spec/catalogue.h"
#include "on_ranks.h"
#include "ranks/sums.h"
#include "train/shares.h"
#include "train/step.h"

namespace facegan {
namespace {

using ranks::Place;
using ranks::Team;

std::optional<Place> place_of(const std::map<std::string, std::string>& environment) {
  return ranks::find_place([&](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

TEST(RanksPlace, IsWhatTorchrunSays) {
  const auto place = place_of({{"RANK", "5"},
                               {"WORLD_SIZE", "8"},
                               {"LOCAL_RANK", "1"},
                               {"LOCAL_WORLD_SIZE", "4"},
                               {"MASTER_ADDR", "node0"},
                               {"MASTER_PORT", "1234"},
                               {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                               {"TORCHELASTIC_RESTART_COUNT", "2"}});
  ASSERT_TRUE(place);
  EXPECT_EQ(place->rank, 5);
  EXPECT_EQ(place->size, 8);
  EXPECT_EQ(place->local_rank, 1);
  EXPECT_EQ(place->local_size, 4);
  EXPECT_EQ(place->address, "node0");
  EXPECT_EQ(place->port, 1234);
  EXPECT_TRUE(place->agent_keeps_store);
  EXPECT_EQ(place->restarts, 2);
  EXPECT_FALSE(place->leads());
  EXPECT_FALSE(place->on_one_machine());
}

TEST(RanksPlace, IsAloneWhereNobodyStartedSeveral) {
  EXPECT_FALSE(place_of({}));
  EXPECT_FALSE(place_of({{"MASTER_ADDR", "node0"}}));
  // A shell of an allocation has these, too.
  EXPECT_FALSE(place_of({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}));
}

TEST(RanksPlace, IsWhatOtherStartersSayBesideAnAddress) {
  const auto srun = place_of(
      {{"SLURM_PROCID", "3"}, {"SLURM_NTASKS", "4"}, {"SLURM_LOCALID", "1"}, {"MASTER_ADDR", "node0"}});
  ASSERT_TRUE(srun);
  EXPECT_EQ(srun->rank, 3);
  EXPECT_FALSE(srun->knows_machine);  // SLURM_NTASKS_PER_NODE may be of the allocation
  EXPECT_EQ(srun->port, 29500);
  const auto mpirun = place_of({{"OMPI_COMM_WORLD_RANK", "1"},
                                {"OMPI_COMM_WORLD_SIZE", "2"},
                                {"OMPI_COMM_WORLD_LOCAL_RANK", "0"},
                                {"OMPI_COMM_WORLD_LOCAL_SIZE", "1"},
                                {"MASTER_ADDR", "node0"}});
  ASSERT_TRUE(mpirun);
  EXPECT_EQ(mpirun->rank, 1);
  EXPECT_EQ(mpirun->local_size, 1);
}

TEST(RanksPlace, RefusesWhatDoesNotFitTogether) {
  const auto what = [](const std::map<std::string, std::string>& environment) {
    const Error error = error_of([&] { place_of(environment); });
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return std::string(error.what());
  };
  EXPECT_EQ(
      what({{"RANK", "0"}, {"MASTER_ADDR", "a"}}),
      "the environment has RANK but no WORLD_SIZE: start with torchrun, or unset them to train with one "
      "process");
  EXPECT_NE(what({{"RANK", "0"}, {"WORLD_SIZE", "2"}}).find("no MASTER_ADDR"), std::string::npos);
  EXPECT_NE(what({{"RANK", "2"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}})
                .find("RANK is a whole number from 0 to 1, not '2'"),
            std::string::npos);
  EXPECT_NE(what({{"RANK", "x"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}).find("not 'x'"),
            std::string::npos);
}

// ---- several ranks --------------------------------------------------------------------------------

TEST(Ranks, SumAndAgree) {
  on_ranks(3, [](Team& team) {
    EXPECT_TRUE(team.place().on_one_machine());
    const double mine = team.rank() + 1;
    at::Tensor x = at::full({5}, mine, at::kDouble);
    EXPECT_EQ(ranks::sum(team, x)[4].item<double>(), 6);
    ranks::mean_(team, x);
    EXPECT_EQ(x[0].item<double>(), 2);
    EXPECT_EQ(team.greatest({team.rank(), -team.rank()}), (std::vector<std::int64_t>{2, 0}));
    const at::Tensor state = at::full({2, 2}, mine, at::kFloat);
    ranks::share(team, {state});
    EXPECT_EQ(state.sum().item<double>(), 4);
    EXPECT_EQ(team.share("of " + std::to_string(team.rank())), "of 0");
    EXPECT_EQ(team.share("of " + std::to_string(team.rank()), 2), "of 2");
    if (team.leads()) team.remember("folder", "runs/1");
    EXPECT_EQ(team.share("all have come"), "all have come");
    EXPECT_EQ(team.remembered("folder"), "runs/1");
    EXPECT_EQ(team.remembered("nothing"), "");
  });
}

// y = (sum over ranks of x)^2 on each of two: what rank r's x changes is 2 * sum * (1 + 1), and that again
// by 8.
TEST(Ranks, SumsHaveDerivatives) {
  on_ranks(2, [](Team& team) {
    const at::Tensor x = at::full({1}, team.rank() + 1.0, at::kDouble).set_requires_grad(true);
    const at::Tensor y = ranks::sum(team, x).square().sum();
    const at::Tensor first = torch::autograd::grad({y}, {x}, {}, true, true)[0];
    EXPECT_EQ(first.item<double>(), 12);
    EXPECT_EQ(torch::autograd::grad({first.sum()}, {x})[0].item<double>(), 8);
  });
}

TEST(Ranks, TellWhichOneDiffers) {
  std::vector<std::string> told(3);
  on_ranks(3, [&](Team& team) {
    const Error error = error_of([&] {
      team.compare("settings", {{"--lr-g", "1"}, {"--batch", team.rank() == 1 ? "8" : "16"}});
    });
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    told[static_cast<std::size_t>(team.rank())] = error.what();
    team.compare("other settings", {{"--batch", "4"}});
  });
  for (const auto& what : told) {
    EXPECT_EQ(what, told[0]);
    EXPECT_NE(what.find("rank 1 ("), std::string::npos) << what;
    EXPECT_NE(what.find("--batch is 8, on rank 0 16; start all with"), std::string::npos) << what;
  }
}

// Rank 0 writes what the run leaves, and may hang in that.
TEST(Ranks, LeaveAfterRankZero) {
  std::atomic<bool> zero_leaves{false};
  const auto go = [&](Team& team) {
    if (team.leads()) {
      for (int i = 0; i < 2000; ++i) team.remembered("nothing");  // the other one would have left by now
      zero_leaves = true;
    }
    team.leave();
    EXPECT_TRUE(zero_leaves);
  };
  on_ranks(2, go, "cpu", /*leave=*/false);
}

TEST(Ranks, ShareEveryPartOfABatch) {
  on_ranks(2, [](Team& team) {
    const std::vector<std::int64_t> first = {0, 1, 4, 5}, second = {2, 3, 6, 7};
    EXPECT_EQ(train::own_rows(&team, 8, 2), team.leads() ? first : second);
    const at::Tensor drawn = at::arange(16, at::kLong);
    const at::Tensor mine = train::own_rows_of(&team, drawn, 2, /*blocks=*/2);
    EXPECT_EQ(mine.size(0), 8);
    EXPECT_EQ(mine[4].item<std::int64_t>(), team.leads() ? 8 : 10);
  });
  EXPECT_EQ(train::own_rows(nullptr, 3, 1), (std::vector<std::int64_t>{0, 1, 2}));
}

// ---- steps ----------------------------------------------------------------------------------------

constexpr std::int64_t kBatch = 8;

// With all that looks across a batch, that is drawn, and that moves along.
constexpr const char* kG =
    "- dense: {units: 32}\n- batch_norm\n- silu\n- reshape: {channels: 8, height: 2, width: 2}\n"
    "- upsample: {factor: 2}\n- conv_transpose: {filters: 3, kernel: 4, stride: 2, padding: 1}\n- tanh\n";
constexpr const char* kNorms =
    "- conv: {filters: 8, kernel: 4, stride: 2, padding: 1}\n- batch_norm: {variance: biased}\n- leaky_relu\n"
    "- dropout: {rate: 0.3}\n- flatten\n- dense: {units: 1}\n";
constexpr const char* kVariety =
    "- conv: {filters: 8, kernel: 4, stride: 2, padding: 1, spectral_norm: true}\n- leaky_relu\n"
    "- minibatch_stddev\n- flatten\n- dense: {units: 1}\n";

struct Way {
  const char *name, *d, *loss, *update, *augment;
  double r1, r2, gp, label_flip;
  std::int64_t accumulate, d_steps;
};

config::Config config_of(const Way& way) {
  config::Config c;
  c.size = 8, c.z = 6, c.batch = kBatch, c.precision = "fp32", c.sync_batch_norm = true;
  c.generator = config::parse_yaml(kG, "g"), c.discriminator = config::parse_yaml(way.d, "d");
  c.loss = way.loss, c.update = way.update, c.augment = way.augment, c.augment_p = "0.7";
  c.r1 = way.r1, c.r2 = way.r2, c.gp = way.gp, c.label_flip = way.label_flip, c.penalty_every = 2;
  c.accumulate = way.accumulate, c.d_steps = way.d_steps;
  return c;
}

train::Model stepped(const config::Config& c, const Team* team) {
  at::set_num_threads(1);
  train::Model m(c, config::build_networks(c), at::kCPU, at::kDouble);
  m.g.network.initialise("glorot_uniform", 1), m.d.network.initialise("glorot_uniform", 1);
  train::Recipe recipe(c);
  recipe.team = team;
  if (team) m.join(*team);
  at::Generator seeded = at::globalContext().defaultGenerator(at::kCPU).clone();
  seeded.set_current_seed(3);
  for (std::uint64_t i = 0; i < 4; ++i) {
    train::StepInput input = train::draw_input(recipe, i, kBatch, c.z, at::kCPU);
    input.real = train::own_rows_of(team, at::randn({kBatch, 3, 8, 8}, seeded).tanh(), c.accumulate);
    for (const auto tensor : train::kStepTensors)
      if ((input.*tensor).defined()) input.*tensor = (input.*tensor).to(at::kDouble);
    train::take_step(m, recipe, train::find_update_order(c.update), input);
  }
  return m;
}

class RanksSteps : public testing::TestWithParam<Way> {};

TEST_P(RanksSteps, AreThoseOfOneProcess) {
  const config::Config c = config_of(GetParam());
  const train::Model whole = stepped(c, nullptr);
  const auto expected = whole.state();
  for (const int size : {1, 2, 4})
    on_ranks(size, [&](Team& team) {
      const train::Model m = stepped(c, &team);
      const auto got = m.state();
      for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_TRUE(at::allclose(got[i].tensor, expected[i].tensor, 1e-7, 1e-9))
            << got[i].name << " on rank " << team.rank() << " of " << size << '\n'
            << got[i].tensor.sub(expected[i].tensor).abs().max();
    });
}

INSTANTIATE_TEST_SUITE_P(
    Ways, RanksSteps,
    testing::Values(Way{"alternating", kNorms, "bce", "alternating", "off", 0, 0, 0, 0.3, 1, 1},
                    Way{"simultaneous", kNorms, "bce", "simultaneous", "off", 0, 0, 0, 0, 1, 1},
                    Way{"concatenated", kNorms, "bce", "concatenated", "off", 0, 0, 0, 0, 1, 1},
                    Way{"parts", kNorms, "hinge", "alternating", "off", 0, 0, 0, 0, 2, 2},
                    Way{"r1_r2", kVariety, "relativistic", "alternating", "translation,color,cutout", 0.1,
                        0.2, 0, 0, 1, 1},
                    Way{"r1_norms", kNorms, "bce", "alternating", "off", 0.1, 0, 0, 0, 2, 1},
                    Way{"gp", kVariety, "wgan-gp", "alternating", "color", 0, 0, 10, 0, 2, 1},
                    Way{"variety_concatenated", kVariety, "bce", "concatenated", "off", 0, 0, 0, 0, 1, 1}),
    [](const auto& way) { return std::string(way.param.name); });

// Each rank's norms see its own pictures; what they keep is the mean of all, the same on every rank.
TEST(RanksStatistics, AreTheMeanOfTheRanksWithoutSync) {
  config::Config c = config_of({"", kNorms, "bce", "alternating", "off", 0, 0, 0, 0, 1, 1});
  c.sync_batch_norm = false;
  std::vector<std::vector<at::Tensor>> states(2);
  on_ranks(2, [&](Team& team) {
    const train::Model m = stepped(c, &team);
    for (const auto& each : m.state()) states[static_cast<std::size_t>(team.rank())].push_back(each.tensor);
  });
  for (std::size_t i = 0; i < states[0].size(); ++i) EXPECT_TRUE(states[0][i].equal(states[1][i]));
}

}  // namespace
}  // namespace facegan
