// Ranks on a GPU. NCCL refuses two of them on one: with a single GPU it is tried with one rank, and two ranks
// sum by Gloo, through the host's memory.
#include <ATen/Context.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "device/cuda_module.h"
#include "facegan/device/device.h"
#include "on_gpu.h"
#include "on_ranks.h"
#include "train/shares.h"
#include "train/step.h"

namespace facegan::train {
namespace {

constexpr std::int64_t kBatch = 8;

class CudaRanks : public OnGpu {};

config::Config small(const std::string& preset) {
  config::Request request;
  request.preset = preset;
  request.flags = {{"width", "8", "test"},
                   {"batch", std::to_string(kBatch), "test"},
                   {"size", "32", "test"},
                   {"lr", "0.0001", "test"},
                   {"sync_batch_norm", "true", "test"}};
  config::Config c = config::resolve(request, nullptr).config;
  c.device = "cuda", c.precision = "fp32", c.threads = 1, c.deterministic = true;
  return c;
}

std::vector<at::Tensor> stepped(const config::Config& c, const ranks::Team* team) {
  device::apply_machine(c);
  const at::Device device(c.device);
  Model m(c, config::build_networks(c), device);
  m.g.network.initialise(c.init_g, 1), m.d.network.initialise(c.init_d, 1);
  Recipe recipe(c);
  recipe.team = team;
  if (team) m.join(*team);
  at::Generator seeded = at::globalContext().defaultGenerator(at::kCPU).clone();
  seeded.set_current_seed(3);
  for (std::uint64_t i = 0; i < 4; ++i) {
    StepInput input = draw_input(recipe, i, kBatch, c.z, device);
    input.real = own_rows_of(team, at::randn({kBatch, 3, 32, 32}, seeded).tanh(), 1)
                     .contiguous(at::MemoryFormat::ChannelsLast)
                     .to(device);
    take_step(m, recipe, find_update_order(c.update), input);
  }
  std::vector<at::Tensor> out;
  for (const auto& t : m.state()) out.push_back(t.tensor.to(at::kCPU));
  return out;
}

TEST_F(CudaRanks, OneByNcclTakesTheStepsOfAProcessAlone) {
  for (const char* preset : {"dcgan", "faces"}) {
    const config::Config c = small(preset);
    // Without the statistics over ranks, which another kernel computes.
    config::Config own = c;
    own.sync_batch_norm = false;
    const auto expected = stepped(own, nullptr);
    on_ranks(
        1,
        [&](ranks::Team& team) {
          const auto got = stepped(own, &team);
          for (std::size_t i = 0; i < got.size(); ++i)
            EXPECT_TRUE(at::equal(got[i], expected[i])) << preset << ' ' << i;
        },
        "cuda");
  }
}

TEST_F(CudaRanks, TwoByGlooTakeTheStepsOfAProcessAlone) {
  if (device::cuda_status().devices.size() > 1) GTEST_SKIP() << "more than one GPU";
  for (const char* preset : {"dcgan", "faces"}) {
    const config::Config c = small(preset);
    const auto expected = stepped(c, nullptr);
    on_ranks(
        2,
        [&](ranks::Team& team) {
          const auto got = stepped(c, &team);
          for (std::size_t i = 0; i < got.size(); ++i)
            EXPECT_TRUE(at::allclose(got[i], expected[i], 1e-3, 1e-4)) << preset << ' ' << i;
        },
        "cuda");
  }
}

}  // namespace
}  // namespace facegan::train
