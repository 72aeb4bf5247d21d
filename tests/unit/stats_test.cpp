// Data sets in numbers.
#include "facegan/data/stats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>

#include "error_of.h"
#include "facegan/portrait/portrait.h"
#include "jpeg_bytes.h"
#include "temporary_folder.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using image::Image;

class StatsTest : public testing::Test {
 protected:
  void file(const std::string& name, const std::string& bytes) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  DatasetOptions options(const std::string& kind, const std::string& path, const std::string& where = "") {
    DatasetOptions options;
    options.dataset = kind, options.path = folder_ / path, options.where = where, options.size = 8;
    return options;
  }
  TemporaryFolder folder_;
};

Image plain(int width, int height, std::array<unsigned char, 3> rgb) {
  Image out(width, height, 3);
  for (std::size_t i = 0; i < out.pixels.size(); ++i) out.pixels[i] = rgb[i % 3];
  return out;
}

TEST_F(StatsTest, AreExactAndDoNotDependOnTheWorkers) {
  file("set/a.png", image::encode_png(plain(8, 8, {0, 100, 255})));
  file("set/b.png", image::encode_png(plain(30, 10, {200, 100, 255})));
  file("set/c.jpg", jpeg_bytes::jpeg(plain(16, 64, {0, 0, 0})));
  file("set/d.png", "no picture");
  const auto set = open_dataset(options("folder", "set"));
  for (const int workers : {1, 3}) {
    std::uint64_t last = 0;
    const Stats stats = dataset_stats(*set, workers, [&](std::uint64_t done) { last = done; });
    EXPECT_EQ(last, 4u);
    EXPECT_EQ(stats.selected, 4u);
    EXPECT_EQ(stats.unusable, 1u);
    ASSERT_EQ(stats.reasons_unusable.size(), 1u);
    EXPECT_TRUE(stats.reasons_unusable[0].starts_with("d.png: "));
    EXPECT_EQ(stats.formats, (std::map<std::string, std::uint64_t>{{"JPEG", 1}, {"PNG", 2}}));
    EXPECT_EQ(stats.width.min, 8);
    EXPECT_EQ(stats.width.median, 16);
    EXPECT_EQ(stats.width.max, 30);
    EXPECT_EQ(stats.height.min, 8);
    EXPECT_EQ(stats.height.median, 10);
    EXPECT_EQ(stats.height.max, 64);
    ASSERT_EQ(stats.mean.size(), 3u);
    EXPECT_DOUBLE_EQ(stats.mean[0], 200.0 / 3);
    EXPECT_DOUBLE_EQ(stats.mean[1], 200.0 / 3);
    EXPECT_DOUBLE_EQ(stats.mean[2], 170);
    EXPECT_NEAR(stats.deviation[0], std::sqrt(40000.0 / 3 - 40000.0 / 9), 1e-9);
    EXPECT_NEAR(stats.deviation[1], std::sqrt(20000.0 / 3 - 40000.0 / 9), 1e-9);
    // Luma 0.299 R + 0.587 G + 0.114 B: 87.77, 147.57 and 0.
    std::array<std::uint64_t, Stats::kBins> bins{};
    bins[0] = bins[5] = bins[9] = 1;
    EXPECT_EQ(stats.brightness, bins);
  }
}

TEST_F(StatsTest, OfDrawnAndIdxPicturesKnowWhatTheyCan) {
  DatasetOptions drawn;
  drawn.faces_count = 40, drawn.size = 16;
  const Stats faces = dataset_stats(*open_dataset(drawn), 2);
  EXPECT_TRUE(faces.formats.empty());
  EXPECT_EQ(faces.width.max, 0);
  EXPECT_EQ(std::accumulate(faces.brightness.begin(), faces.brightness.end(), 0u), 40u);

  file("train-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\2\0\0\0\3\0\0\0\4", 16) +
                                      std::string(12, '\x10') + std::string(12, '\xff'));
  DatasetOptions idx = options("mnist", "train-images-idx3-ubyte");
  idx.channels = 1;
  const Stats stats = dataset_stats(*open_dataset(idx), 1);
  EXPECT_EQ(stats.formats, (std::map<std::string, std::uint64_t>{{"idx", 2}}));
  EXPECT_EQ(stats.width.max, 4);
  EXPECT_EQ(stats.height.max, 3);
  ASSERT_EQ(stats.mean.size(), 1u);
  EXPECT_DOUBLE_EQ(stats.mean[0], (16 + 255) / 2.0);
  EXPECT_EQ(stats.brightness[1], 1u);
  EXPECT_EQ(stats.brightness[15], 1u);
}

TEST_F(StatsTest, TraitsAreThoseOfTheSelection) {
  for (int i = 1; i <= 5; ++i) file("celeba/img_align_celeba/00000" + std::to_string(i) + ".jpg", "x");
  // No row of picture 5, one of a picture that is not there.
  file("celeba/list_attr_celeba.txt",
       "5\nMale Young\n000001.jpg 1 1\n000002.jpg -1 1\n000003.jpg -1 -1\n000004.jpg 1 -1\n000009.jpg 1 1\n");
  const auto counts = [](const Traits& traits) {
    std::vector<std::uint64_t> all;
    for (const auto& attribute : traits.attributes) all.push_back(attribute.pictures);
    return all;
  };
  auto set = options("celeba", "celeba");
  Traits traits = traits_of(set, *open_dataset(set));
  EXPECT_EQ(counts(traits), (std::vector<std::uint64_t>{2, 2}));
  EXPECT_EQ(traits.attributes[1].name, "Young");
  EXPECT_EQ(traits.unknown, 1u);
  set = options("celeba", "celeba", "not Male");
  EXPECT_EQ(counts(traits_of(set, *open_dataset(set))), (std::vector<std::uint64_t>{0, 1}));

  fs::remove(folder_ / "celeba/list_attr_celeba.txt");
  set = options("celeba", "celeba");
  EXPECT_TRUE(traits_of(set, *open_dataset(set)).attributes.empty()) << "there is no list: no traits";
  file("celeba/list_attr_celeba.txt", "words");
  EXPECT_EQ(error_of([&] { traits_of(set, *open_dataset(set)); }).kind(), ErrorKind::data);

  DatasetOptions faces;
  faces.faces_count = 60, faces.seed = 3, faces.where = "Male";
  const auto men = open_dataset(faces);
  traits = traits_of(faces, *men);
  const auto& names = portrait::attribute_names();
  ASSERT_EQ(traits.attributes.size(), names.size());
  const auto smiling = static_cast<std::size_t>(
                 std::find(names.begin(), names.end(), std::string("Smiling")) - names.begin()),
             male = static_cast<std::size_t>(std::find(names.begin(), names.end(), std::string("Male")) -
                                             names.begin());
  std::uint64_t wanted = 0;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto has = portrait::attributes(3, i);
    wanted += has[male] && has[smiling];
  }
  EXPECT_EQ(traits.attributes[male].pictures, men->size());
  EXPECT_EQ(traits.attributes[smiling].pictures, wanted);

  for (const char* name : {"Ann/Ann_0001", "Bob/Bob_0001", "Bob/Bob_0002", "Cy/Cy_0001"})
    file("lfw/" + std::string(name) + ".jpg", "x");
  set = options("lfw", "lfw");
  traits = traits_of(set, *open_dataset(set));
  ASSERT_EQ(traits.people.size(), 3u);
  EXPECT_EQ(traits.people[0].name, "Bob");
  EXPECT_EQ(traits.people[0].pictures, 2u);
  EXPECT_EQ(traits.people[1].name, "Ann");
  set = options("folder", "lfw");
  EXPECT_TRUE(traits_of(set, *open_dataset(set)).people.empty());
}

}  // namespace
}  // namespace facegan::data
