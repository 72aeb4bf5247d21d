// The nearest pictures of a set: exact, in order, whatever the number of workers.
#include "facegan/data/nearest.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <cstring>

#include "data/pack.h"
#include "error_of.h"
#include "facegan/data/packed.h"
#include "temporary_folder.h"

namespace facegan::data {
namespace {

DatasetOptions faces(std::uint64_t count) {
  DatasetOptions options;
  options.size = 16, options.faces_count = count;
  return options;
}

TEST(Nearest, TrainingPicturesFindThemselves) {
  const auto options = faces(300);
  const auto set = open_dataset(options);
  const std::vector<std::size_t> wanted = {0, 17, 150, 299};
  std::vector<image::Image> pictures;
  for (const std::size_t i : wanted) pictures.push_back(set->get(i));
  std::uint64_t last = 0;
  const auto found = nearest_pictures(options, *set, pictures, {.count = 4, .workers = 3},
                                      [&](std::uint64_t done) { last = std::max(last, done); });
  EXPECT_EQ(last, 300u);
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t q = 0; q < wanted.size(); ++q) {
    ASSERT_EQ(found[q].size(), 4u);
    EXPECT_EQ(found[q][0].index, wanted[q]);
    EXPECT_EQ(found[q][0].distance, 0);
    for (std::size_t k = 1; k < 4; ++k) EXPECT_GE(found[q][k].distance, found[q][k - 1].distance);
    EXPECT_GT(found[q][1].distance, 0);
  }
  const auto again = nearest_pictures(options, *set, pictures, {.count = 4, .workers = 1});
  for (std::size_t q = 0; q < wanted.size(); ++q)
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(again[q][k].index, found[q][k].index);
}

// Grey pictures of one value each, some of which are no pictures.
class Greys : public Dataset {
 public:
  explicit Greys(std::vector<int> values) : values_(std::move(values)) {}
  std::size_t size() const override { return values_.size(); }
  std::string name(std::size_t i) const override { return std::to_string(i); }
  image::Image get(std::size_t i) const override {
    if (values_[i] < 0) throw Error(ErrorKind::data, name(i) + ": torn");
    return image::Image(8, 8, 1, static_cast<unsigned char>(values_[i]));
  }
  std::string encoded(std::size_t) const override { return ""; }
  bool is_memory() const override { return true; }  // no packed file

 private:
  std::vector<int> values_;
};

DatasetOptions grey_options() {
  DatasetOptions options;
  options.dataset = "mnist", options.size = 8, options.channels = 1;
  return options;
}

TEST(Nearest, DistancesAreExactAndTiesKeepTheOrderOfTheSet) {
  const Greys set({90, -1, 110, 100, 110, 255, 0});
  const auto found =
      nearest_pictures(grey_options(), set, {image::Image(8, 8, 1, 100)}, {.count = 9, .workers = 2});
  std::vector<std::size_t> order;
  std::vector<double> distances;
  for (const auto& neighbour : found[0])
    order.push_back(neighbour.index), distances.push_back(neighbour.distance);
  EXPECT_EQ(order, (std::vector<std::size_t>{3, 0, 2, 4, 6, 5}));
  EXPECT_EQ(distances, (std::vector<double>{0, 10, 10, 10, 100, 155}));
}

TEST(Nearest, ASetWithoutAUsablePictureIsRefused) {
  const Error error = error_of([] {
    nearest_pictures(grey_options(), Greys({-1, -1}), {image::Image(8, 8, 1)}, {});
  });
  EXPECT_EQ(error.kind(), ErrorKind::data);
  EXPECT_EQ(std::string(error.what()), "none of the 2 pictures can be used; one of them: 0: torn");
}

// 200x200 in colour: sums beyond 32 bits.
TEST(Nearest, LargePicturesDoNotOverflow) {
  class White : public Greys {
   public:
    White() : Greys({0}) {}
    image::Image get(std::size_t) const override { return image::Image(200, 200, 3, 255); }
  };
  auto options = grey_options();
  options.size = 200, options.channels = 3;
  EXPECT_EQ(nearest_pictures(options, White(), {image::Image(200, 200, 3, 0)}, {})[0][0].distance, 255);
}

TEST(Nearest, MirroredPicturesCountWhereTheyAreTrainedWith) {
  const auto options = faces(50);
  const auto set = open_dataset(options);
  image::Image picture = set->get(31);
  image::mirror(picture.pixels.data(), 16, 16, 3);
  const auto plain = nearest_pictures(options, *set, {picture}, {.count = 1})[0][0];
  EXPECT_GT(plain.distance, 0);
  EXPECT_FALSE(plain.mirrored);
  const auto both = nearest_pictures(options, *set, {picture}, {.count = 1, .mirrored = true})[0][0];
  EXPECT_EQ(both.index, 31u);
  EXPECT_EQ(both.distance, 0);
  EXPECT_TRUE(both.mirrored);
}

// Its pixels are others than those of the set here, so that they can be told apart.
TEST(Nearest, TakesThePackedFile) {
  class Packable : public Greys {
   public:
    using Greys::Greys;
    bool is_memory() const override { return false; }
  };
  const TemporaryFolder folder;
  ::setenv("FACEGAN_CACHE", folder.path().c_str(), 1);
  const Packable set({50, 60, 70});
  const std::uint64_t key = pack_key(grey_options(), set);
  const std::atomic<bool> never{false};
  ASSERT_TRUE(write_pack(
      pack_file(key), {key, 3, 64}, 1,
      [](std::size_t i, unsigned char* out) {
        std::memset(out, static_cast<int>(10 * i), 64);
        return i != 1;
      },
      never));
  const auto found = nearest_pictures(grey_options(), set, {image::Image(8, 8, 1, 20)}, {.count = 3})[0];
  ::unsetenv("FACEGAN_CACHE");
  ASSERT_EQ(found.size(), 2u);  // one is noted as unusable
  EXPECT_EQ(found[0].index, 2u);
  EXPECT_EQ(found[0].distance, 0);
  EXPECT_EQ(found[1].distance, 20);
}

}  // namespace
}  // namespace facegan::data
