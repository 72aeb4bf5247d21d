// Sampler, Scorer and PictureMaker on a small model: the two paths, and that nothing of the process changes.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>

#include "error_of.h"
#include "facegan/infer/picture_maker.h"
#include "facegan/infer/sampler.h"
#include "facegan/infer/scorer.h"
#include "facegan/run/provenance.h"
#include "made_model.h"
#include "temporary_folder.h"

namespace facegan::infer {
namespace {

class Infer : public testing::Test {
 protected:
  run::Loaded made(const config::Config& config = made_config()) const {
    make_model(file_, config);
    return run::load_file(file_);
  }
  static std::vector<Latent> latents(const Sampler& sampler, std::uint64_t count) {
    std::vector<Sample> samples;
    for (std::uint64_t k = 0; k < count; ++k) samples.push_back({7, k});
    return sampler.latents(samples);
  }
  template <class T>
  static std::vector<T> part(const std::vector<T>& all, std::size_t begin, std::size_t end) {
    return {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)};
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "made.safetensors";
};

int largest_difference(const std::vector<image::Image>& a, const std::vector<image::Image>& b) {
  EXPECT_EQ(a.size(), b.size());
  int largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t p = 0; p < a[i].pixels.size(); ++p)
      largest = std::max(largest, std::abs(a[i].pixels[p] - b.at(i).pixels.at(p)));
  return largest;
}

TEST_F(Infer, APictureDependsOnItsLatentAlone) {
  const Sampler sampler(made());
  const auto all = latents(sampler, 40);
  const auto pictures = sampler.pictures(all);
  EXPECT_EQ(pictures[0].width, 16);
  EXPECT_EQ(pictures[0].channels, 3);
  EXPECT_NE(pictures[0], pictures[1]);
  EXPECT_EQ(sampler.pictures(part(all, 33, 36)), part(pictures, 33, 36));
  EXPECT_EQ(sampler.pictures({all[5], {}, all[4]}),
            (std::vector<image::Image>{pictures[5], {}, pictures[4]}));
  EXPECT_TRUE(sampler.pictures({}).empty());
  EXPECT_EQ(all[3], sampler.latent(7, 3));
}

TEST_F(Infer, ChunksGiveTheSamePicturesWithinOne) {
  const Sampler sampler(made());
  const auto all = latents(sampler, 70);
  EXPECT_EQ(sampler.chunk(), 32u);
  const auto pictures = sampler.pictures_by_chunks(all);
  EXPECT_LE(largest_difference(sampler.pictures(all), pictures), 1);
  // However many are asked for, and in pieces of whole chunks.
  EXPECT_EQ(sampler.pictures_by_chunks(part(all, 0, 5)), part(pictures, 0, 5));
  EXPECT_EQ(sampler.pictures_by_chunks(part(all, 32, 70)), part(pictures, 32, 70));
  EXPECT_TRUE(sampler.pictures_by_chunks({}).empty());
}

// A matrix product of one or two rows adds in another order than one of more: seldom seen in a byte, so many
// chunks are tried.
TEST_F(Infer, ALastChunkIsFilledUp) {
  const Sampler sampler(
      made(made_config("  - dense: {units: 2048}\n"
                       "  - tanh\n"
                       "  - dense: {units: 768}\n"
                       "  - tanh\n"
                       "  - reshape: {channels: 3, height: 16, width: 16}\n")));
  const std::size_t chunk = sampler.chunk();
  const auto all = latents(sampler, 40 * chunk);
  const auto pictures = sampler.pictures_by_chunks(all);
  for (std::size_t begin = 0; begin < all.size(); begin += chunk)
    for (const std::size_t end : {begin + 1, begin + 2})
      ASSERT_EQ(sampler.pictures_by_chunks(part(all, begin, end)), part(pictures, begin, end)) << begin;
}

TEST_F(Infer, ChunksAreSmallerWherePicturesAreLarge) {
  const config::Config config = made_config(
      "  - dense: {units: 64}\n"
      "  - reshape: {channels: 1, height: 8, width: 8}\n"
      "  - upsample: {factor: 32}\n"
      "  - conv: {filters: 3, kernel: 1}\n",
      256);
  EXPECT_EQ(Sampler(made(config)).chunk(), 16u)
      << "16 pictures of 256 * 256 * 3 numbers are less than 16 MiB";
}

TEST_F(Infer, AGeneratorThatComparesPicturesGetsOneAtATime) {
  const Sampler sampler(
      made(made_config(std::string("  - dense: {units: 256}\n"
                                   "  - reshape: {channels: 16, height: 4, width: 4}\n"
                                   "  - minibatch_stddev\n"
                                   "  - upsample: {factor: 4}\n"
                                   "  - conv: {filters: 3, kernel: 1}\n"))));
  EXPECT_EQ(sampler.chunk(), 1u);
  const auto all = latents(sampler, 5);
  EXPECT_EQ(sampler.pictures_by_chunks(all), sampler.pictures(all));
}

TEST_F(Infer, LatentsOfAnotherLengthAreRefused) {
  const Sampler sampler(made());
  for (const std::size_t size : {7u, 9u}) {
    const std::vector<Latent> wrong = {Latent(8), Latent(size)};
    for (const auto path : {&Sampler::pictures, &Sampler::pictures_by_chunks}) {
      const Error error = error_of([&] { (sampler.*path)(wrong); });
      EXPECT_EQ(error.kind(), ErrorKind::internal);
      EXPECT_NE(std::string(error.what()).find("of latents of 8 numbers"), std::string::npos) << error.what();
    }
  }
}

// What a thread begins with that has set nothing.
int threads_of_a_new_thread() {
  int threads = 0;
  std::thread([&] { threads = at::get_num_threads(); }).join();
  return threads;
}

class SameThreads {
 public:
  explicit SameThreads(int threads) { at::set_num_threads(threads); }
  ~SameThreads() { at::set_num_threads(before_); }

 private:
  int before_ = at::get_num_threads();
};

TEST_F(Infer, ThreadsStayAsTheyWere) {
  const run::Loaded loaded = made();
  const SameThreads three(3);
  const auto expect_three = [](const char* after) {
    EXPECT_EQ(at::get_num_threads(), 3) << after;
    EXPECT_EQ(threads_of_a_new_thread(), 3) << after;
  };
  const Sampler sampler(loaded);
  expect_three("loading");
  const auto pictures = sampler.pictures(latents(sampler, 9));
  expect_three("pictures");
  sampler.pictures_by_chunks(latents(sampler, 70));
  expect_three("chunks");
  sampler.directions(2);
  expect_three("directions");

  // What computes, computes alone; and a thread that begins meanwhile is as one that began before.
  std::mutex mutex;
  std::set<int> alone, meanwhile;
  Scorer(loaded).logits(pictures.size(), [&](std::size_t i) {
    const std::lock_guard lock(mutex);
    alone.insert(at::get_num_threads());
    meanwhile.insert(threads_of_a_new_thread());
    return pictures[i];
  });
  expect_three("scores");
  EXPECT_EQ(alone, std::set<int>{1});
  EXPECT_EQ(meanwhile, std::set<int>{3});
}

// Whether the C library takes a large block from the system, which mallopt can forbid.
bool maps_large_blocks() {
  const auto before = mallinfo2().hblks;
  void* volatile block = std::malloc(std::size_t{256} << 20);
  const bool maps = mallinfo2().hblks > before;
  std::free(block);
  return maps;
}

TEST_F(Infer, TheAllocatorStaysAsItWas) {
  const bool before = maps_large_blocks();
  const run::Loaded loaded = made();
  const Sampler sampler(loaded);
  const auto pictures = sampler.pictures(latents(sampler, 3));
  sampler.pictures_by_chunks(latents(sampler, 3));
  Scorer(loaded).logits(3, [&](std::size_t i) { return pictures[i]; });
  EXPECT_EQ(maps_large_blocks(), before);
}

TEST_F(Infer, AScoreDependsOnItsPictureAlone) {
  const run::Loaded loaded = made();
  const Sampler sampler(loaded);
  const Scorer scorer(file_);  // by its path as well
  auto pictures = sampler.pictures(latents(sampler, 6));
  const auto logits = scorer.logits(6, [&](std::size_t i) { return pictures[i]; });
  EXPECT_EQ(scorer.logits(1, [&](std::size_t) { return pictures[4]; })[0], logits[4]);
  EXPECT_NE(logits[3], logits[4]);
  EXPECT_FALSE(scorer.logits(1, [](std::size_t) { return image::Image(); })[0]);
  EXPECT_THROW(scorer.logits(1, [](std::size_t) { return image::Image(8, 8, 3); }), Error);
}

class Maker : public Infer {
 protected:
  // Its sheets have a margin of 2 around pictures of 16, enlarged twice.
  PictureMaker maker(const MakerOptions& options = {}) const { return {made(), options}; }
};

TEST_F(Maker, TakesTheCheckpointOfItsHashAlone) {
  const std::string hash = made().text(core::kChecksumKey);
  EXPECT_EQ(maker({.checkpoint_hash = hash}).sampler().checkpoint_hash(), hash);
  const Error error = error_of([&] { maker({.checkpoint_hash = "0123456789abcdef"}); });
  EXPECT_EQ(error.kind(), ErrorKind::checkpoint);
  EXPECT_NE(std::string(error.what()).find(hash + ", not 0123456789abcdef"), std::string::npos);
}

TEST_F(Maker, TruncatesEveryLatent) {
  const PictureMaker half = maker({.truncation = 0.5});
  Latent z = half.sampler().latent(1, 0);
  const auto picture = half.pictures({z, {}});
  for (float& value : z) value *= 0.5F;
  EXPECT_EQ(picture, half.sampler().pictures({z, {}}));
}

TEST_F(Maker, SheetsFramesAndStripsLookAsTheRunsGrids) {
  const PictureMaker plain = maker(), large = maker({.scale = 5});
  EXPECT_EQ(plain.scale(), 2);
  const auto walks = plain.walks({4, 9, 5}, 2, {.frames = 5});
  ASSERT_EQ(walks.size(), 5u);
  // The second walk goes from picture 1 of a seed to picture 1 of the next.
  const Sampler& sampler = plain.sampler();
  EXPECT_EQ((std::vector<image::Image>{walks[0][0], walks[2][0], walks[0][1], walks[4][1]}),
            sampler.pictures(
                {sampler.latent(4, 0), sampler.latent(9, 0), sampler.latent(4, 1), sampler.latent(5, 1)}));
  const image::Image strip = plain.strip(walks);
  EXPECT_EQ(strip.width, 5 * 34 + 2);
  EXPECT_EQ(strip.height, 2 * 34 + 2);
  EXPECT_EQ(strip, plain.sheet({walks[0][0], walks[1][0], walks[2][0], walks[3][0], walks[4][0], walks[0][1],
                                walks[1][1], walks[2][1], walks[3][1], walks[4][1]},
                               2, 5));
  const image::Frames frames = plain.frames(walks);
  ASSERT_EQ(frames.size(), 5u);
  EXPECT_EQ(frames[3], plain.sheet({walks[3][0], walks[3][1]}, 1, 2));
  EXPECT_EQ(plain.frame({walks[3][0]}).width, 32) << "one alone has no margin";
  EXPECT_EQ(large.frame({walks[3][0]}).width, 80);
  EXPECT_EQ(error_of([&] { plain.check_sheet(10'000, 10'000); }).kind(), ErrorKind::usage);
  plain.check_sheet(500, 500);
  EXPECT_EQ(error_of([&] { plain.check_sheet(500, 500, 10); }).kind(), ErrorKind::usage);
}

TEST_F(Maker, SweepsGoThereAndBack) {
  const PictureMaker plain = maker();
  std::vector<image::Image> rows;  // two rows of three steps
  for (const unsigned char value : {0, 1, 2, 10, 11, 12}) rows.emplace_back(16, 16, 3, value);
  const image::Frames frames = plain.sweep_frames(rows, 3);
  ASSERT_EQ(frames.size(), 4u);
  const std::size_t steps[] = {0, 1, 2, 1};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(frames[i], plain.sheet({rows[steps[i]], rows[3 + steps[i]]}, 1, 2)) << i;
}

TEST_F(Maker, FieldsSayWhereAPictureComesFrom) {
  const PictureMaker plain = maker();
  const image::TextFields fields = plain.fields("strip", {{run::kFieldSeed, "4"}}, "facegan do it");
  ASSERT_EQ(fields.size(), 7u);
  EXPECT_EQ(fields[1], (std::pair<std::string, std::string>(run::kFieldKind, "strip")));
  EXPECT_EQ(fields[2].second, "made");
  EXPECT_EQ(fields[3].second, "4");
  EXPECT_EQ(fields[4], (std::pair<std::string, std::string>(run::kFieldWeights, "raw")));
  EXPECT_EQ(fields[5].second, plain.sampler().checkpoint_hash());
  EXPECT_EQ(fields[6], (std::pair<std::string, std::string>(run::kFieldCommand, "facegan do it")));
}

TEST(InferGrid, IsNearlySquare) {
  for (const auto& [pictures, rows, columns] :
       {std::array{1, 1, 1}, {2, 1, 2}, {3, 2, 2}, {5, 2, 3}, {12, 3, 4}, {64, 8, 8}, {65, 8, 9}}) {
    const config::Grid grid = square_grid(pictures);
    EXPECT_EQ(grid.rows, rows) << pictures;
    EXPECT_EQ(grid.columns, columns) << pictures;
  }
}

}  // namespace
}  // namespace facegan::infer
