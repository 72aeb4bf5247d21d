// Feature networks: TorchScript that users name, damaged files, a discriminator's features, and what is kept
// of real pictures.
#include "facegan/infer/features.h"

#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "error_of.h"
#include "facegan/config/yaml.h"
#include "facegan/core/checksum.h"
#include "facegan/core/files.h"
#include "facegan/core/safetensors.h"
#include "facegan/evaluate/feature_cache.h"
#include "made_model.h"
#include "temporary_folder.h"

namespace facegan::infer {
namespace {

class FeatureNetworks : public testing::Test {
 protected:
  FeatureNetworks() { ::setenv("FACEGAN_CACHE", (folder_ / "cache").c_str(), 1); }
  ~FeatureNetworks() override { ::unsetenv("FACEGAN_CACHE"); }

  // A script with this method.
  std::filesystem::path script(const std::string& forward) const {
    torch::jit::Module module("m");
    module.define(forward);
    const auto path = folder_ / "script.pt";
    module.save(path.string());
    return path;
  }
  FeatureNetwork of_script(const std::string& forward, Resize resize = Resize::legacy) const {
    return FeatureNetwork::file(script(forward), resize, /*trust_script=*/true, "cpu");
  }
  // Pictures k of one value, 10 k + 3 c + 1 in channel c.
  static evaluate::Pictures pictures(std::size_t count, int size = 8, int channels = 3) {
    evaluate::Pictures out;
    for (std::size_t k = 0; k < count; ++k) {
      image::Image picture(size, size, channels);
      for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        picture.pixels[i] =
            static_cast<unsigned char>(10 * k + 3 * (i % static_cast<std::size_t>(channels)) + 1);
      out.add(picture);
    }
    return out;
  }
  static FeatureNetwork::Output run(const FeatureNetwork& network, const evaluate::Pictures& set,
                                    bool logits = false) {
    return network.of({set.count(), set.size, set.channels, [&](std::size_t i) { return set[i]; }}, logits);
  }

  TemporaryFolder folder_;
};

constexpr const char* kMeans = "def forward(self, x):\n  return x.float().mean([2, 3])\n";

TEST_F(FeatureNetworks, AScriptSeesThePicturesAsTheyAre) {
  const auto network = of_script(kMeans);
  EXPECT_EQ(network.name(), "script.pt");
  EXPECT_EQ(network.resize(), "legacy");
  EXPECT_FALSE(network.has_logits());
  EXPECT_EQ(network.weights_hash(),
            core::sha256(core::read_file(folder_ / "script.pt", 1 << 20, ErrorKind::data)));
  std::size_t told = 0;
  const auto set = pictures(19);  // two chunks and a part of one
  const auto out = network.of({19, 8, 3, [&](std::size_t i) { return set[i]; }}, false,
                              [&](std::size_t done) { told = std::max(told, done); });
  EXPECT_EQ(told, 19u);
  ASSERT_EQ(out.features.width, 3);
  ASSERT_EQ(out.features.count(), 19u);
  for (std::size_t k = 0; k < 19; ++k)
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_EQ(out.features.values[3 * k + c], static_cast<float>(10 * k + 3 * c + 1));
}

TEST_F(FeatureNetworks, GreyIsRepeatedAndCleanIsResized) {
  const auto sizes = of_script(
      "def forward(self, x):\n  return torch.cat([x.mean([2, 3]), torch.ones(x.size(0), 1) * x.size(3)], "
      "1)\n",
      Resize::clean);
  EXPECT_EQ(sizes.resize(), "clean");
  const auto out = run(sizes, pictures(2, 8, 1)).features;
  ASSERT_EQ(out.width, 4);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(out.values[4 + c], 11, 1e-3);
  EXPECT_EQ(out.values[3], 299);
}

TEST_F(FeatureNetworks, AScriptMayWantFloats) {
  const auto out =
      run(of_script("def forward(self, x):\n  return torch.matmul(x, torch.ones(8, 1)).mean([2, 3])\n"),
          pictures(2));
  EXPECT_EQ(out.features.values[3], 88);
}

// The interface of NVIDIA's Inception.
TEST_F(FeatureNetworks, KnowsReturnFeaturesAndNoOutputBias) {
  const auto network = of_script(
      "def forward(self, x, return_features: bool = False, no_output_bias: bool = False):\n"
      "  if return_features:\n"
      "    return x.float().mean([2, 3])\n"
      "  assert no_output_bias\n"
      "  return torch.softmax(x.float().mean([2, 3]), 1)\n");
  ASSERT_TRUE(network.has_logits());
  const auto out = run(network, pictures(3), true);
  EXPECT_EQ(out.features.values[4], 14);
  ASSERT_EQ(out.logits.width, 3);
  EXPECT_NEAR(out.logits.values[1] - out.logits.values[0], 3, 1e-5);  // but for a constant
}

TEST_F(FeatureNetworks, ScriptsAreRunOnlyWhenTrusted) {
  const auto path = script(kMeans);
  const Error refused = error_of([&] { FeatureNetwork::file(path, Resize::clean, false, "cpu"); });
  EXPECT_EQ(refused.kind(), ErrorKind::usage);
  EXPECT_NE(std::string(refused.what()).find("--trust-script"), std::string::npos) << refused.what();
}

TEST_F(FeatureNetworks, WrongFilesAreNamedInOneLine) {
  const auto fails = [&](const auto& call, ErrorKind kind, const std::string& says) {
    const Error error = error_of(call);
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
  };
  const auto load = [&](const std::string& bytes) {
    core::write_file_atomic(folder_ / "file", bytes);
    return [&] { FeatureNetwork::file(folder_ / "file", Resize::clean, true, "cpu"); };
  };
  constexpr auto kCheckpoint = ErrorKind::checkpoint;
  fails([&] { FeatureNetwork::file(folder_ / "none", Resize::clean, true, "cpu"); }, ErrorKind::data, "none");
  fails([&] { FeatureNetwork::lite0(folder_ / "none", "cpu"); }, ErrorKind::data, "none");
  fails(load(""), kCheckpoint, "file");
  fails(load("no network"), kCheckpoint, "file");
  fails(load("PK no zip"), kCheckpoint, "no TorchScript");
  const std::string whole = core::read_file(script(kMeans), 1 << 20, ErrorKind::data);
  fails(load(whole.substr(0, whole.size() / 2)), kCheckpoint, "no TorchScript");
  const float values[4] = {};
  fails(load(core::safetensors_bytes({{"g.0.weight", "F32", {2, 2}, values}}, {})), kCheckpoint, "lite0");
  fails(load(core::safetensors_bytes({{"_conv_stem.weight", "F32", {2, 2}, values},
                                      {"_blocks.15._project_conv.weight", "F32", {2, 2}, values}},
                                     {})),
        kCheckpoint, "_conv_stem.weight");
  const auto forward = [&](const std::string& text) {
    return [this, text] { run(of_script(text), pictures(3)); };
  };
  fails(forward("def other(self, x):\n  return x\n"), kCheckpoint, "forward");
  fails(forward("def forward(self, x):\n  return (x, x)\n"), kCheckpoint, "tensor");
  fails(forward("def forward(self, x):\n  return x\n"), kCheckpoint, "shape");
  fails(forward("def forward(self, x):\n  return torch.zeros(1, 4)\n"), kCheckpoint, "shape");
  fails(forward("def forward(self, x):\n  return torch.zeros(x.size(0), 9000)\n"), kCheckpoint,
        "more than 8192");
  fails(forward("def forward(self, x):\n  return x.float().mean([2, 3]) / 0.0\n"), kCheckpoint, "finite");
  fails(forward("def forward(self, x):\n  assert x.size(0) == 0, 'so it is'\n"), kCheckpoint, "so it is");
}

TEST_F(FeatureNetworks, ADiscriminatorWithoutItsLastLayer) {
  const auto file = folder_ / "made.safetensors";
  make_model(file, made_config());
  const auto network = FeatureNetwork::discriminator(run::load_file(file), "cpu");
  EXPECT_EQ(network.name(), "d");
  EXPECT_FALSE(network.has_logits());
  const auto set = pictures(3, 16);
  const auto out = run(network, set).features;
  ASSERT_EQ(out.width, 8);  // filters, over the cells of the picture
  ASSERT_EQ(out.count(), 3u);
  EXPECT_NE(out.values[0], out.values[8]);
  // How much a batch varies is no feature of a picture.
  config::Config varied = made_config();
  varied.discriminator = config::parse_yaml(
      "- conv: {filters: 8, kernel: 4, stride: 2, padding: 1}\n- leaky_relu\n- minibatch_stddev\n"
      "- conv: {filters: 1, kernel: 8}\n",
      "d");
  make_model(file, varied);
  EXPECT_EQ(run(FeatureNetwork::discriminator(run::load_file(file), "cpu"), set).features.width, 8);
}

TEST_F(FeatureNetworks, KeepsWhatItComputed) {
  const auto network = of_script(kMeans);
  const auto set = pictures(5);
  const auto key = evaluate::feature_key(network, set);
  EXPECT_NE(evaluate::feature_key(network, pictures(4)), key);
  EXPECT_NE(evaluate::feature_key(of_script("def forward(self, x):\n  return x.float().amax([2, 3])\n"), set),
            key);
  EXPECT_NE(evaluate::feature_key(of_script(kMeans, Resize::clean), set), key);
  auto other = set;
  other.bytes.back() ^= 1;
  EXPECT_NE(evaluate::feature_key(network, other), key);

  EXPECT_FALSE(evaluate::stored_features(key, 5));
  const auto features = run(network, set).features;
  evaluate::store_features(key, features);
  const auto stored = evaluate::stored_features(key, 5);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->width, 3);
  EXPECT_EQ(stored->values, features.values);
  EXPECT_FALSE(evaluate::stored_features(key, 6));
  EXPECT_FALSE(evaluate::stored_features(key + 1, 5));

  const auto path = evaluate::feature_file(key);
  const std::string whole = core::read_file(path, 1 << 20, ErrorKind::data);
  for (std::size_t i = 0; i < whole.size(); i += 7) {  // any byte but those of names that do not matter
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    core::write_file_atomic(path, damaged);
    EXPECT_FALSE(evaluate::stored_features(key, 5)) << i;
    core::write_file_atomic(path, whole.substr(0, i));
    EXPECT_FALSE(evaluate::stored_features(key, 5)) << i;
  }
  Features bad = features;
  bad.values[1] = NAN;
  evaluate::store_features(key, bad);
  EXPECT_FALSE(evaluate::stored_features(key, 5));
  // Under another's name.
  evaluate::store_features(key, features);
  std::filesystem::rename(path, evaluate::feature_file(key + 1));
  EXPECT_FALSE(evaluate::stored_features(key + 1, 5));
}

}  // namespace
}  // namespace facegan::infer
