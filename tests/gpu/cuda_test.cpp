// What runs on a GPU: against the CPU, and recorded steps against steps as they are.
#include <ATen/Context.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "device/cuda_module.h"
#include "facegan/config/presets.h"
#include "facegan/device/device.h"
#include "on_gpu.h"
#include "temporary_folder.h"
#include "tiny_run.h"
#include "train/stepper.h"

namespace facegan::train {
namespace {

constexpr std::int64_t kBatch = 8;

class Cuda : public OnGpu {};

config::Config small(const std::string& preset, std::vector<config::Setting> more = {}) {
  config::Request request;
  request.preset = preset;
  request.flags = {{"width", "8", "test"}, {"batch", std::to_string(kBatch), "test"}};
  if (preset != "mnist" && !preset.starts_with("faces-")) request.flags.push_back({"size", "32", "test"});
  request.flags.insert(request.flags.end(), more.begin(), more.end());
  return config::resolve(request, nullptr).config;
}

// All that a run depends on after some steps, on the CPU.
std::vector<at::Tensor> trained(config::Config c, const std::string& device, const std::string& graphs,
                                int steps) {
  c.device = device, c.cuda_graphs = graphs, c.precision = "fp32", c.threads = 1, c.deterministic = true;
  device::apply_machine(c);
  Model m(c, config::build_networks(c), at::Device(device));
  m.g.network.initialise(c.init_g, 1), m.d.network.initialise(c.init_d, 1);
  const Recipe recipe(c);
  Stepper stepper(m, c);
  at::Generator seeded = at::globalContext().defaultGenerator(at::kCPU).clone();
  seeded.set_current_seed(3);
  for (int i = 0; i < steps; ++i) {
    StepInput input = draw_input(recipe, static_cast<std::uint64_t>(i), kBatch, c.z, at::Device(device));
    input.real = at::randn({kBatch, c.channels, c.size.height, c.size.width}, seeded)
                     .tanh()
                     .contiguous(at::MemoryFormat::ChannelsLast)
                     .to(at::Device(device));
    if (const std::int64_t conditions = m.g.network.spec().conditions; conditions > 0)
      input.labels = at::randn({kBatch, conditions}, seeded).to(at::Device(device));
    stepper.run(recipe, std::move(input));
    EXPECT_EQ(stepper.records(), graphs == "auto" && device == "cuda") << "step " << i;
    if (i == 5) m.d.adam.set_lr(c.lr_d / 2);  // as a rollback does
  }
  std::vector<at::Tensor> out = {m.statistics.to(at::kCPU)};
  for (const auto& t : m.state()) out.push_back(t.tensor.to(at::kCPU));
  return out;
}

TEST_F(Cuda, RecordedStepsAreTheSteps) {
  const std::vector<config::Config> recipes = {
      small("dcgan"),
      small("dcgan", {{"update", "simultaneous", "test"}}),
      small("dcgan", {{"d_steps", "2", "test"}, {"loss", "wgan-gp", "test"}, {"gp", "10", "test"}}),
      small("dcgan", {{"r1", "1", "test"}, {"penalty_every", "2", "test"}, {"label_flip", "0.1", "test"}}),
      small("mnist"),  // dropout
      small("mnist", {{"condition", "digit", "test"}}),
      small("faces-32"),  // one after the other
      small("dcgan", {{"accumulate", "2", "test"}}),
      small("faces"),  // penalties at both kinds of pictures, augmentation
      small("dcgan", {{"augment", "translation,color,cutout", "test"}, {"augment_p", "0.5", "test"}}),
  };
  for (const auto& c : recipes) {
    SCOPED_TRACE(c.preset + ' ' + c.update + ' ' + c.loss);
    const auto plain = trained(c, "cuda", "off", 16), recorded = trained(c, "cuda", "auto", 16);
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_TRUE(at::equal(plain[i], recorded[i])) << i;
  }
}

// Whether it fails in the host's code or because the host wants a number from the device in the middle.
TEST_F(Cuda, ARecordingThatFailsLeavesNoTrace) {
  auto c = small("dcgan");
  c.device = "cuda", c.threads = 1;
  device::apply_machine(c);
  const at::Device device("cuda");
  at::Generator noise = at::globalContext().defaultGenerator(device).clone();
  struct Body {
    at::Generator& noise;
    at::Tensor out;
    int fails;  // 0 = it does not, 1 = throws, 2 = waits for the device
  };
  const auto body = [](void* argument) {
    auto& b = *static_cast<Body*>(argument);
    b.out.copy_(at::rand({4}, b.noise, b.out.options()));
    if (b.fails == 1) throw std::runtime_error("no");
    if (b.fails == 2) b.out.sum().item<float>();
  };
  const auto release = device::cuda_module()->release;
  Body good{noise, at::zeros({4}, at::TensorOptions(at::kFloat).device(device)), 0};
  const std::unique_ptr<FaceganGraph, void (*)(FaceganGraph*)> first(
      device::cuda_module()->record(noise, nullptr, body, &good), release);
  for (const int fails : {1, 2})
    for (FaceganGraph* beside : {static_cast<FaceganGraph*>(nullptr), first.get()}) {
      Body bad{noise, good.out.clone(), fails};
      EXPECT_ANY_THROW(device::cuda_module()->record(noise, beside, body, &bad)) << fails;
      // Both generators draw, both allocators give, and the graph beside it still runs.
      EXPECT_TRUE(at::rand({4}, good.out.options()).to(at::kCPU).gt(0).all().item<bool>());
      EXPECT_TRUE(at::rand({4}, noise, good.out.options()).to(at::kCPU).gt(0).all().item<bool>());
      EXPECT_TRUE(at::zeros({1 << 20}).pin_memory().is_pinned());
      good.out.zero_();
      device::cuda_module()->replay(first.get());
      EXPECT_TRUE(good.out.to(at::kCPU).gt(0).all().item<bool>()) << fails;
      const std::unique_ptr<FaceganGraph, void (*)(FaceganGraph*)> next(
          device::cuda_module()->record(noise, beside, body, &good), release);
      device::cuda_module()->replay(next.get());
    }
}

// At a small rate: Adam's first steps are the rate times the sign of each gradient, and where that is noise,
// the weights of one device soon are not those of the other.
TEST_F(Cuda, StepsAreThoseOfTheCpu) {
  for (const char* preset : {"dcgan", "faces"}) {
    SCOPED_TRACE(preset);
    const auto c = small(preset, {{"lr_g", "1e-6", "test"}, {"lr_d", "1e-6", "test"}});
    const auto cpu = trained(c, "cpu", "off", 3), gpu = trained(c, "cuda", "off", 3);
    for (std::size_t i = 0; i < cpu.size(); ++i)
      EXPECT_LE(cpu[i].sub(gpu[i]).norm().item<double>(), 5e-2 * cpu[i].norm().item<double>() + 1e-6) << i;
  }
}

Words on_cuda(Words words) {
  words.back() = "cuda";  // of --device
  return words;
}

class CudaRun : public Cuda {
 protected:
  Outcome facegan(const Words& arguments) { return run({arguments, folder_.path()}); }
  TemporaryFolder folder_;
};

TEST_F(CudaRun, TrainsAndSamplesInEachPrecision) {
  for (const std::string precision : {"fp32", "tf32", "bf16"}) {
    const Outcome trained = facegan(on_cuda(kTinyTrain) + Words{"--epochs", "2", "--precision", precision,
                                                                "--verbose", "--out", precision});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_NE(trained.err.find("pictures are on the device now"), std::string::npos) << trained.err;
    EXPECT_EQ(trained.err.find("cannot be recorded"), std::string::npos) << trained.err;
    const Outcome sampled = facegan({"sample", "--from", precision, "--out", precision + ".png"});
    EXPECT_EQ(sampled.exit_code, 0) << sampled.err;
  }
}

TEST_F(CudaRun, DeterministicRunsResumeToTheSameBytes) {
  const Words deterministic = on_cuda(kTinyTrain) + Words{"--deterministic"};
  ASSERT_EQ(facegan(deterministic + Words{"--epochs", "4", "--out", "whole"}).exit_code, 0);
  ASSERT_EQ(
      facegan(deterministic + Words{"--epochs", "4", "--max-steps", "130", "--out", "broken"}).exit_code, 0);
  ASSERT_EQ(facegan({"train", "--resume", "broken", "--max-steps", "0"}).exit_code, 0);
  EXPECT_EQ(metrics_of(folder_ / "broken"), metrics_of(folder_ / "whole"));
  EXPECT_EQ(read_text(folder_ / "broken/checkpoints/step_00000200.safetensors"),
            read_text(folder_ / "whole/checkpoints/step_00000200.safetensors"));
}

}  // namespace
}  // namespace facegan::train
