// Planted faults: grids that a broken generator makes, of drawn faces, and what the watch says of them.
#include "train/grid_figures.h"

#include <gtest/gtest.h>

#include "facegan/config/presets.h"
#include "facegan/config/yaml.h"
#include "facegan/core/files.h"
#include "facegan/core/random.h"
#include "facegan/run/signs.h"
#include "temporary_folder.h"

namespace facegan::train {
namespace {

using Grid = std::vector<image::Image>;

class PlantedFaults : public testing::Test {
 protected:
  PlantedFaults() {
    config_ = config::from_yaml(config::find_preset("quickstart").yaml, "quickstart");
    config_.faces_count = 600, config_.size = 32, config_.flip = true, config_.epochs = 200;
    train_ = data::open_dataset(data::dataset_options(config_));
    // Faces of another seed: as good as a generator can be.
    data::DatasetOptions other = data::dataset_options(config_);
    other.seed = 77;
    good_ = data::open_dataset(other);
  }
  Grid good() const {
    Grid grid;
    for (std::size_t i = 0; i < 64; ++i) grid.push_back(good_->get(i));
    return grid;
  }
  static void add_noise(image::Image& picture, int amount, std::uint64_t seed) {
    core::Random random(seed, core::Purpose::evaluation, 0);
    for (unsigned char& value : picture.pixels)
      value = static_cast<unsigned char>(
          std::clamp(static_cast<int>(value + random.uniform(-amount, amount)), 0, 255));
  }
  // The line that a grid gives, and the signs of a run of ten such grids.
  run::Metrics line_of(const Grid& grid) const {
    run::Metrics line;
    GridFigures(config_, *train_).measure(grid, line);
    return line;
  }
  std::vector<std::string> signs(const Grid& grid) const {
    std::vector<run::Metrics> lines;
    const run::Metrics figures = line_of(grid);
    for (int i = 1; i <= 10; ++i) {
      run::Metrics line = figures;
      line.step = 200 * i, line.images = 6400 * i, line.epoch = i;
      lines.push_back(line);
    }
    std::vector<std::string> names;
    for (const run::Sign& sign : run::signs_of({lines, &config_, 10'000})) names.emplace_back(sign.name);
    return names;
  }

  config::Config config_;
  std::unique_ptr<data::Dataset> train_, good_;
};

using Names = std::vector<std::string>;

TEST_F(PlantedFaults, GoodPicturesHaveNone) {
  EXPECT_EQ(signs(good()), Names{});
  const run::Metrics line = line_of(good());
  EXPECT_NEAR(line["grid_variety"], 1, 0.15);
  EXPECT_NEAR(line["grid_nearest"], 1, 0.15);
  EXPECT_NEAR(line["grid_copies"], 1, 0.1);
  EXPECT_NEAR(line["grid_checkerboard"], 1, 0.6);
  EXPECT_LT(line["grid_color"], 0.2);
  EXPECT_GT(line["grid_range"], 200);
}

TEST_F(PlantedFaults, AGeneratorThatCopiesFiftyPictures) {
  Grid grid;
  for (std::size_t i = 0; i < 64; ++i) {
    grid.push_back(train_->get(i % 50));
    add_noise(grid.back(), 12, i);
    if (i % 2 == 1) image::mirror(grid.back().pixels.data(), 32, 32, 3);
  }
  EXPECT_EQ(signs(grid), Names{"copies"});
  EXPECT_LT(line_of(grid)["grid_copies"], 0.4);
}

TEST_F(PlantedFaults, AGeneratorThatMakesThreeFaces) {
  Grid grid;
  for (std::size_t i = 0; i < 64; ++i) grid.push_back(good_->get(i % 3)), add_noise(grid.back(), 12, i);
  EXPECT_EQ(signs(grid), Names{"repeats"});
}

TEST_F(PlantedFaults, AGeneratorThatMakesOneFace) {
  Grid grid;
  for (std::size_t i = 0; i < 64; ++i) grid.push_back(good_->get(0)), add_noise(grid.back(), 12, i);
  const Names found = signs(grid);
  EXPECT_NE(std::find(found.begin(), found.end(), "alike"), found.end());
  EXPECT_NE(std::find(found.begin(), found.end(), "repeats"), found.end());
}

TEST_F(PlantedFaults, ACheckerboard) {
  Grid grid = good();
  for (image::Image& picture : grid)
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 96; ++x)
        if ((y + x / 3) % 2 == 0) {
          unsigned char& value = picture.at(x / 3, y)[x % 3];
          value = static_cast<unsigned char>(value < 244 ? value + 12 : 255);
        }
  EXPECT_EQ(signs(grid), Names{"checkerboard"});
}

TEST_F(PlantedFaults, ColorsThatDrift) {
  Grid grid = good();
  for (image::Image& picture : grid)
    for (std::size_t i = 1; i < picture.pixels.size(); i += 3)
      picture.pixels[i] = static_cast<unsigned char>(picture.pixels[i] / 2);
  EXPECT_EQ(signs(grid), Names{"colors"});
}

// Values from 0 to 1, saved as bytes.
TEST_F(PlantedFaults, PicturesThatAreNearlyBlack) {
  TemporaryFolder folder;
  for (std::size_t i = 0; i < 64; ++i) {
    image::Image dark = train_->get(i);
    for (unsigned char& value : dark.pixels) value /= 128;
    core::write_file_atomic(folder.path() / (std::to_string(i) + ".png"), image::encode_png(dark));
  }
  config_.dataset = "folder", config_.data = folder.path().string();
  train_ = data::open_dataset(data::dataset_options(config_));
  EXPECT_EQ(line_of(good())["grid_range"], 1);
  const Names found = signs(good());
  EXPECT_NE(std::find(found.begin(), found.end(), "range"), found.end());
}

TEST_F(PlantedFaults, FewPicturesSayNothing) {
  config_.grid = "2x4";
  run::Metrics line;
  GridFigures(config_, *train_).measure(good(), line);
  EXPECT_FALSE(line.has("grid_variety"));
}

// A picture that is all one colour has no deviation to divide by.
TEST_F(PlantedFaults, AllEqualPicturesDoNoHarm) {
  Grid grid(64, image::Image(32, 32, 3));
  EXPECT_EQ(line_of(grid)["grid_variety"], 0);
  EXPECT_FALSE(std::isnan(line_of(grid)["grid_nearest"]));
}

}  // namespace
}  // namespace facegan::train
