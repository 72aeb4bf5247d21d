// Figures of features against clean-fid, torch-fidelity and prdc, and EfficientNet-lite0 against PyTorch
// (make_features.py says how); what they are in plain cases.
#include "facegan/infer/features.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <numeric>

#include "facegan/core/files.h"
#include "facegan/core/safetensors.h"
#include "facegan/data/dataset.h"
#include "facegan/evaluate/feature_cache.h"
#include "facegan/evaluate/feature_distance.h"
#include "facegan/infer/sampler.h"
#include "facegan/run/best.h"
#include "facegan/run/metrics.h"
#include "golden.h"
#include "infer/feature_models.h"
#include "made_picture.h"
#include "temporary_folder.h"
#include "unit/tiny_training.h"

namespace facegan::evaluate {
namespace {

constexpr double kRelative = 1e-6, kFrechet = 1e-4;

double u(std::uint64_t a, std::uint64_t b) {
  auto h = static_cast<std::uint32_t>((a + 977 * b + 1) * 2654435761u);
  h ^= h >> 15, h *= 2246822519u, h ^= h >> 13;
  return (h >> 8) / 16777216.0 - 0.5;
}

Features made(std::uint64_t k, std::size_t rows, std::int64_t columns) {
  Features out{columns, {}};
  for (std::size_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto column = static_cast<std::uint64_t>(j);
      out.values.push_back(static_cast<float>(u(i + 10007 * k, column) + u(i + 10007 * k, column / 3 + 5000) +
                                              static_cast<double>(k) / 4));
    }
  return out;
}

Features reversed(const Features& set) {
  Features out{set.width, {}};
  for (std::size_t i = set.count(); i-- > 0;)
    out.values.insert(out.values.end(), set.values.begin() + static_cast<std::ptrdiff_t>(i) * set.width,
                      set.values.begin() + static_cast<std::ptrdiff_t>(i + 1) * set.width);
  return out;
}

Features repeated(const Features& set, int times) {
  Features out{set.width, {}};
  for (int i = 0; i < times; ++i) out.values.insert(out.values.end(), set.values.begin(), set.values.end());
  return out;
}

class FeatureFiguresOf : public ::testing::TestWithParam<std::size_t> {
 protected:
  const json expected_ = read_reference("features_reference.json")["distances"][GetParam()];
  const std::int64_t columns_ = expected_["sets"][2];
  const Features a_ = made(0, expected_["sets"][0], columns_), b_ = made(1, expected_["sets"][1], columns_);
};

TEST_P(FeatureFiguresOf, FrechetDistance) {
  const double got = frechet_distance(a_, b_);
  expect_near(got, expected_["fid"], "clean-fid", kFrechet);
  expect_near(got, expected_["fid_fidelity"], "torch-fidelity", kFrechet);
  EXPECT_EQ(frechet_distance(reversed(a_), b_), got);
  EXPECT_EQ(frechet_distance(a_, reversed(b_)), got);
  expect_near(frechet_distance(b_, a_), got, "the other way round", kFrechet);
  EXPECT_EQ(frechet_distance(a_, a_), 0);
  EXPECT_EQ(frechet_distance(a_, reversed(a_)), 0);
}

TEST_P(FeatureFiguresOf, KernelDistance) {
  const KidOptions some = {.subsets = 5, .pictures = 10, .seed = 3};
  const Kid got = kernel_distance(a_, b_, some);
  expect_near(got.mean, expected_["kid_subsets"][0], "mean", kRelative);
  expect_near(got.deviation, expected_["kid_subsets"][1], "deviation", kRelative);
  const Kid other_order = kernel_distance(reversed(a_), reversed(b_), some);
  EXPECT_EQ(other_order.mean, got.mean);
  EXPECT_NE(kernel_distance(a_, b_, {.subsets = 5, .pictures = 10, .seed = 4}).mean, got.mean);
  if (expected_.contains("kid")) {
    const Kid whole = kernel_distance(a_, b_);
    expect_near(whole.mean, expected_["kid"], "all rows", kRelative);
    EXPECT_EQ(whole.deviation, 0);
  }
}

TEST_P(FeatureFiguresOf, PrecisionToCoverage) {
  for (const bool other_order : {false, true}) {
    const Manifold got = manifold(other_order ? reversed(a_) : a_, other_order ? reversed(b_) : b_);
    const double values[] = {got.precision, got.recall, got.density, got.coverage};
    for (std::size_t i = 0; i < 4; ++i)
      expect_near(values[i], expected_["prdc"][i], "prdc " + std::to_string(i), kRelative);
  }
  const Manifold same = manifold(a_, a_);
  EXPECT_EQ(same.precision, 1);
  EXPECT_EQ(same.recall, 1);
  EXPECT_EQ(same.coverage, 1);
  EXPECT_EQ(same.density, 1);  // itself and the four neighbours within its edge
}

TEST_P(FeatureFiguresOf, InceptionScore) {
  Features logits = a_;
  for (float& value : logits.values) value *= 8;
  const InceptionScore got = inception_score(logits);
  expect_near(got.mean, expected_["is"][0], "mean", kRelative);
  expect_near(got.deviation, expected_["is"][1], "deviation", kRelative);
}

INSTANTIATE_TEST_SUITE_P(Sets, FeatureFiguresOf, ::testing::Range<std::size_t>(0, 3));

// Two sets with exactly these means and (N - 1) covariances: sums and differences of a unit along each axis.
Features crossed(const std::vector<double>& mean, const std::vector<double>& deviation) {
  const auto width = static_cast<std::int64_t>(mean.size());
  const double rows = 2.0 * static_cast<double>(width);
  Features out{width, {}};
  for (std::int64_t axis = 0; axis < width; ++axis)
    for (const double sign : {1.0, -1.0})
      for (std::int64_t j = 0; j < width; ++j) {
        const auto c = static_cast<std::size_t>(j);
        out.values.push_back(static_cast<float>(
            mean[c] + (j == axis ? sign * deviation[c] * std::sqrt((rows - 1) / 2) : 0.0)));
      }
  return out;
}

TEST(FeatureFigures, FrechetDistanceOfNormals) {
  // (m1 - m2)^2 + (s1 - s2)^2 along each axis.
  expect_near(frechet_distance(crossed({1, 2, 3}, {1, 2, 0.5}), crossed({0, 2, 5}, {3, 2, 1})),
              1 + 0 + 4 + 4 + 0 + 0.25, "axes", kRelative);
  expect_near(frechet_distance(crossed({0, 0}, {1, 1}), crossed({0, 0}, {0, 0})), 2, "a point", kRelative);
}

TEST(FeatureFigures, SmallSetsAndEqualPictures) {
  const Features few = made(0, 5, 4), one = made(0, 1, 4), more = made(1, 6, 4);
  EXPECT_TRUE(std::isnan(manifold(few, more).precision));
  EXPECT_FALSE(std::isnan(manifold(more, more).precision));
  EXPECT_TRUE(std::isnan(frechet_distance(one, more)));
  EXPECT_TRUE(std::isnan(kernel_distance(more, one).mean));
  EXPECT_TRUE(std::isnan(inception_score(few).mean));
  EXPECT_FALSE(std::isnan(inception_score(few, 5).mean));
  const Features equal = repeated(one, 12);
  EXPECT_EQ(frechet_distance(equal, equal), 0);
  EXPECT_GT(frechet_distance(equal, more), 0);
  // Balls of no size hold nothing: distances are exact.
  EXPECT_EQ(manifold(equal, equal).precision, 0);
}

TEST(FeatureFigures, ManifoldsOfManyBlocks) {
  // More rows than a block has: a grid of numbers, whose neighbours are known.
  Features line{1, {}}, beside{1, {}};
  for (int i = 0; i < 5000; ++i) line.values.push_back(static_cast<float>(i));
  for (int i = 0; i < 3000; ++i) beside.values.push_back(static_cast<float>(i) + 0.25f);
  const Manifold got = manifold(line, beside, 2);
  EXPECT_EQ(got.precision, 1);
  // Balls reach 1 (the ends: 2); that of 0.25 + i has i and, but for the ends, i + 1 in it.
  EXPECT_EQ(got.recall, 3002.0 / 5000);
  EXPECT_EQ(got.coverage, 3001.0 / 5000);
  EXPECT_NEAR(got.density, (2.0 * 3000 + 1) / (2 * 3000), 1e-12);
}

// ---- the network ------------------------------------------------------------------------------

class Lite0 : public ::testing::Test {
 protected:
  // The weights that the script describes.
  static void write_weights(const std::filesystem::path& path) {
    const json stored = read_reference("features_reference.json")["lite0"]["tensors"];
    std::vector<std::vector<float>> values;
    std::vector<core::TensorBytes> tensors;
    for (std::size_t t = 0; t < stored.size(); ++t) {
      const std::string name = stored[t][0];
      const auto shape = stored[t][1].get<std::vector<std::int64_t>>();
      const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
      const double fan_in = static_cast<double>(count / shape[0]);
      const double around = name.ends_with(".weight") || name.ends_with("_var") ? 1 : 0;
      auto& out = values.emplace_back();
      for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i)
        out.push_back(
            static_cast<float>(shape.size() > 1 ? 5 * u(i, t) / std::sqrt(fan_in) : around + 0.4 * u(i, t)));
    }
    for (std::size_t t = 0; t < stored.size(); ++t)
      tensors.push_back({stored[t][0], "F32", stored[t][1], values[t].data()});
    core::write_file_atomic(path, core::safetensors_bytes(tensors, {}));
  }
};

// Figures in features while a run trains are those of the pictures that its checkpoint makes.
TEST_F(Lite0, TellsHowARunGetsOn) {
  TemporaryFolder folder;
  ::setenv("FACEGAN_CACHE", (folder / "cache").c_str(), 1);
  write_weights(folder / "lite0.safetensors");
  train::TrainRequest request;
  request.config = train::tiny();
  request.config.evaluate = "kid,recall,swd", request.config.evaluate_every = "3";
  request.config.features = (folder / "lite0.safetensors").string();
  request.config.out = (folder / "run").string(), request.folder = folder / "run";
  train::train(std::move(request));
  std::ifstream lines(folder / "run/metrics.jsonl");
  run::Metrics last;
  for (std::string line; std::getline(lines, line);) last = *run::parse_metrics(line);
  EXPECT_TRUE(last.has("swd"));
  EXPECT_FALSE(last.has("fid"));
  EXPECT_FALSE(last.has("precision"));  // computed beside recall, but not asked for

  const run::Loaded loaded = run::load_newest(folder / "run");
  EXPECT_EQ(run::best_of(loaded)->metric, "kid");
  EXPECT_EQ(run::best_of(loaded)->value, last["kid"]);
  const infer::Sampler sampler(loaded, "cpu");
  std::vector<infer::Sample> samples;
  for (std::size_t i = 0; i < 1000; ++i) samples.push_back({7, i});
  Pictures made, real;
  for (const image::Image& picture : sampler.pictures_by_chunks(sampler.latents(samples))) made.add(picture);
  const auto faces = data::open_dataset(data::dataset_options(loaded.config()));
  data::pick_pictures(*faces, 7, 1000, [&](std::size_t, image::Image picture) { real.add(picture); });
  EXPECT_EQ(real.count(), 64u);
  const auto network = infer::FeatureNetwork::lite0(folder / "lite0.safetensors", "cpu");
  const Features of_real = features_of(network, real, false).features;
  const auto figures =
      measure_features(of_real, features_of(network, made, false).features, {}, {"kid", "recall"}, 7);
  EXPECT_EQ(last["kid"], figures.kid.mean);
  EXPECT_EQ(last["recall"], figures.manifold.recall);
  ::unsetenv("FACEGAN_CACHE");
  core::log_close_file();
}

TEST_F(Lite0, EqualsPyTorch) {
  TemporaryFolder folder;
  write_weights(folder / "lite0.safetensors");
  const auto network = infer::FeatureNetwork::lite0(folder / "lite0.safetensors", "cpu");
  EXPECT_TRUE(network.has_logits());
  const json stored = read_reference("features_reference.json")["lite0"]["pictures"];
  for (const json& one : stored) {
    const image::Image picture_k = picture(one["picture"][0], one["picture"][1], one["picture"][2]);
    const std::string what = "picture " + std::to_string(one["picture"][0].get<int>());
    const at::Tensor bytes = at::tensor(at::ArrayRef<unsigned char>(picture_k.pixels), at::kByte)
                                 .view({1, picture_k.height, picture_k.width, picture_k.channels});
    const at::Tensor resized = infer::resized_clean(bytes, 224);
    for (std::size_t i = 0; i < one["resized"].size(); ++i) {
      const auto& at = one["resized_at"][i];
      // Pillow rounds its weights otherwise: 3 thousandths of a grey level.
      EXPECT_NEAR(resized[0][at[0].get<int>()][at[1].get<int>()][at[2].get<int>()].item<double>(),
                  one["resized"][i].get<double>(), 3e-3)
          << what;
    }
    // Three of them, so that a chunk is not full.
    const auto got = network.of(
        {3, picture_k.width, picture_k.channels, [&](std::size_t) { return std::span(picture_k.pixels); }},
        true);
    ASSERT_EQ(got.features.width, 1280);
    ASSERT_EQ(got.features.count(), 3u);
    ASSERT_EQ(got.logits.width, 1000);
    for (const std::size_t row : {0, 2}) {
      for (std::size_t i = 0; i < one["places"].size(); ++i)
        expect_near(got.features.values[row * 1280 + one["places"][i].get<std::size_t>()], one["features"][i],
                    what + " feature", 2e-4);
      for (std::size_t i = 0; i < one["classes"].size(); ++i)
        expect_near(got.logits.values[row * 1000 + one["classes"][i].get<std::size_t>()], one["logits"][i],
                    what + " logit", 2e-4);
    }
    const double mean =
        std::accumulate(got.features.values.begin(), got.features.values.begin() + 1280, 0.0) / 1280;
    expect_near(mean, one["mean"], what + " mean", 1e-5);
  }
}

}  // namespace
}  // namespace facegan::evaluate
