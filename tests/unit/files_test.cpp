// Pictures named on a command line, and the choice of some of a set.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "archive_bytes.h"
#include "error_of.h"
#include "facegan/core/random.h"
#include "facegan/data/dataset.h"
#include "temporary_folder.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using image::Image;
using Strings = std::vector<std::string>;

std::string png(unsigned char value, int width = 8, int height = 8) {
  return image::encode_png(Image(width, height, 3, value));
}

class FilesTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& bytes) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  static std::unique_ptr<Dataset> open(const Strings& paths, const std::string& kind = "folder") {
    DatasetOptions options;
    options.dataset = kind, options.size = 8;
    return open_files(paths, options);
  }
  static std::string reason(const Dataset& set, std::size_t i) {
    const Error error = error_of([&] { set.get(i); });
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  TemporaryFolder folder_;
};

TEST_F(FilesTest, AreOfAnyMixtureInTheOrderGiven) {
  const std::string single = file("single.png", png(1)), plain = file("no_suffix", png(2));
  file("many/deep/b.png", png(4)), file("many/deep/a.png", png(3)), file("many/deep/notes.txt", "words");
  const std::string zip = file("z.zip", archive_bytes::zip({{"in/one.png", png(5)}, {"in/two.png", png(6)}}));
  const std::string tar = file("t.tar.gz", archive_bytes::gzip(archive_bytes::tar({{"three.png", png(7)}})));
  const std::string many = (folder_ / "many").string();
  const auto set = open({zip, single, many + "/", plain, tar, single});
  const Strings names = {zip + "/in/one.png",
                         zip + "/in/two.png",
                         single,
                         many + "/deep/a.png",
                         many + "/deep/b.png",
                         plain,
                         tar + "/three.png",
                         single};
  const unsigned char values[] = {5, 6, 1, 3, 4, 2, 7, 1};
  ASSERT_EQ(set->size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(set->name(i), names[i]);
    EXPECT_EQ(set->get(i), Image(8, 8, 3, values[i])) << names[i];
    EXPECT_EQ(set->original(i).format, "PNG");
  }
}

TEST_F(FilesTest, WhatCannotBeOpenedIsAPictureThatCannotBeUsed) {
  const std::string good = file("good.png", png(9)), words = file("words.txt", "no picture, no archive"),
                    bad = file("bad.png", "no picture"), absent = (folder_ / "absent.png").string();
  fs::create_directory(folder_ / "empty");
  const std::string empty = (folder_ / "empty").string();
  const auto set = open({words, bad, absent, empty, good});
  ASSERT_EQ(set->size(), 5u);
  EXPECT_NE(reason(*set, 0).find(words), std::string::npos) << reason(*set, 0);
  EXPECT_EQ(reason(*set, 1), bad + ": not a picture of a known kind (JPEG, PNG, BMP, WebP, TIFF, GIF, HEIC, AVIF, PBM, PGM, PPM)");
  EXPECT_EQ(reason(*set, 2), "cannot open " + absent + ": No such file or directory");
  EXPECT_EQ(reason(*set, 3), empty + ": no pictures in it");
  EXPECT_EQ(set->get(4), Image(8, 8, 3, 9));
}

// CelebA's box is measured in its originals.
TEST_F(FilesTest, NoMoreOpenFilesIsNoFaultOfAPicture) {
  const fs::path picture = file("a.png", png(1));
  DatasetOptions options;
  options.dataset = "folder", options.size = 8, options.path = folder_.path();
  const auto set = open_dataset(options);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const Error error = error_of([&] { set->get(0); });
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(error.kind(), ErrorKind::io) << error.what();
  EXPECT_NE(std::string(error.what()).find("Too many open files; allow more: ulimit -n"), std::string::npos)
      << error.what();
  EXPECT_EQ(set->get(0).pixels.size(), 8u * 8 * 3);
}

TEST_F(FilesTest, ABoxLeavesPicturesOfTheRightSizeWhole) {
  Image original(178, 218, 3, 10);
  for (int y = 65; y < 193; ++y)
    for (int x = 25; x < 153; ++x) original.at(x, y)[0] = original.at(x, y)[1] = original.at(x, y)[2] = 200;
  const std::string of_set = file("original.png", image::encode_png(original)),
                    made = file("made.png", png(77)), other = file("other.png", png(5, 20, 20));
  const auto set = open({of_set, made, other}, "celeba");
  EXPECT_EQ(set->get(0), Image(8, 8, 3, 200));
  EXPECT_EQ(set->get(1), Image(8, 8, 3, 77));
  EXPECT_TRUE(reason(*set, 2).starts_with(other + ": ")) << reason(*set, 2);
}

TEST_F(FilesTest, PickedPicturesFollowTheOrderOfTheFirstEpoch) {
  for (int i = 0; i < 20; ++i)
    file("set/" + std::to_string(10 + i) + ".png", i % 4 == 3 ? "bad" : png(10 + i));
  const auto set = open({(folder_ / "set").string()});
  const auto picked = [&](std::uint64_t seed, std::size_t count) {
    std::vector<std::size_t> indices;
    pick_pictures(*set, seed, count, [&](std::size_t index, const Image& picture) {
      indices.push_back(index);
      EXPECT_EQ(picture, Image(8, 8, 3, static_cast<unsigned char>(10 + index)));
    });
    return indices;
  };
  std::vector<std::size_t> usable;
  for (const std::uint32_t i : core::permutation(5, 0, 20))
    if (i % 4 != 3) usable.push_back(i);
  EXPECT_EQ(picked(5, 100), usable);
  usable.resize(6);
  EXPECT_EQ(picked(5, 6), usable);
  EXPECT_NE(picked(6, 6), usable);

  const auto none = open({file("one.png", "bad")});
  const Error error = error_of([&] { pick_pictures(*none, 1, 4, [](std::size_t, const Image&) {}); });
  EXPECT_EQ(error.kind(), ErrorKind::data);
  EXPECT_NE(std::string(error.what()).find("none of the 1 pictures can be used; one of them: "),
            std::string::npos);
}

}  // namespace
}  // namespace facegan::data
