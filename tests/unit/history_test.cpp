#include "facegan/run/history.h"

#include <gtest/gtest.h>

#include <fstream>

#include "error_of.h"
#include "temporary_folder.h"

namespace facegan::run {
namespace {

namespace fs = std::filesystem;

class History : public ::testing::Test {
 protected:
  History() { fs::create_directory(folder_ / "samples"); }
  void write(const std::string& name, const std::string& bytes = "") {
    std::ofstream(folder_ / "samples" / name, std::ios::binary) << bytes;
  }
  std::vector<std::string> captions(const std::string& sample_every, const std::string& gif) {
    config::Config config;
    config.sample_every = sample_every, config.gif = gif;
    std::vector<std::string> all;
    for (const GridFile& grid : history(folder_.path(), config)) all.push_back(grid.caption);
    return all;
  }
  using Texts = std::vector<std::string>;
  TemporaryFolder folder_;
};

TEST_F(History, IsThatOfTheEpochsOrOfTheSteps) {
  EXPECT_EQ(captions("1", "all"), Texts{});
  write("epoch_0000.png");
  write("real.png");
  EXPECT_EQ(captions("1", "all"), Texts{});
  for (const char* name : {"epoch_0002.png", "epoch_0010.png", "epoch_12345.png", "epoch_3.png",
                           "epoch_0004.png.part", "step_00000700.png", "step_00001200.png"})
    write(name);
  EXPECT_EQ(captions("1", "all"), (Texts{"epoch 2", "epoch 10", "epoch 12,345", "epoch 12,345"}));
  EXPECT_EQ(captions("2", "every 10"), (Texts{"epoch 10", "epoch 12,345"}));
  EXPECT_EQ(captions("30m", "all"), (Texts{"step 700", "step 1,200", "epoch 12,345", "epoch 12,345"}));
  fs::remove_all(folder_ / "samples");
  EXPECT_EQ(captions("1", "all"), Texts{});
}

TEST_F(History, PicturesAreWholeAndOfOneSize) {
  write("a.png", image::encode_png(image::Image(8, 6, 3, 1)));
  write("b.png", image::encode_png(image::Image(8, 6, 3, 2)));
  write("c.png", image::encode_png(image::Image(8, 7, 3, 3)));
  write("d.png", "GIF89a");
  const auto read = [&](const std::string& names) {
    std::vector<GridFile> grids;
    for (const char name : names)
      grids.push_back({{folder_.path(), fs::path("samples") / (std::string(1, name) + ".png")}, ""});
    const image::Frames frames = grid_frames(grids);
    std::vector<image::Image> pictures;
    for (std::size_t i = 0; i < frames.size(); ++i) pictures.push_back(frames[i]);
    return pictures;
  };
  EXPECT_EQ(read("ab").at(1).pixels[0], 2);
  EXPECT_TRUE(read("").empty());
  for (const char* names : {"abc", "ad"}) {
    const Error error = error_of([&] { read(names); });
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_NE(std::string(error.what()).find(std::string("samples/") + names[1 + (names[2] != 0)] + ".png"),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(error_of([&] { read("e"); }).kind(), ErrorKind::io);
}

// Grids are not the training state: a bad one must not end a run.
TEST_F(History, GoesOnWithoutWhatIsNoGridOfItsSize) {
  write("epoch_0001.png", image::encode_png(image::Image(8, 7, 3, 1)));
  write("epoch_0002.png", image::encode_png(image::Image(8, 6, 3, 2)));
  write("epoch_0003.png");
  write("epoch_0004.png", image::encode_png(image::Image(8, 6, 3, 4)).substr(0, 60));
  write("epoch_0005.png", image::encode_png(image::Image(8, 6, 3, 5)));
  ::testing::internal::CaptureStderr();
  const auto grids = readable(history(folder_.path(), {}));
  const std::string said = ::testing::internal::GetCapturedStderr();
  Texts left;
  for (const GridFile& grid : grids) left.push_back(grid.caption);
  EXPECT_EQ(left, (Texts{"epoch 2", "epoch 5", "epoch 5"}));
  EXPECT_EQ(grid_frames(grids)[0].pixels[0], 2);
  EXPECT_NE(said.find("epoch_0001.png has 8x7 pixels, the newest grid 8x6; the animation does without it"),
            std::string::npos)
      << said;
  for (const char* bad : {"epoch_0003.png", "epoch_0004.png"})
    EXPECT_NE(said.find(bad), std::string::npos) << said;
  EXPECT_TRUE(readable({}).empty());
}

}  // namespace
}  // namespace facegan::run
