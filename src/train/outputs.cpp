#include "train/outputs.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/image/gif.h"
#include "facegan/report/sinks.h"
#include "train/pictures.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;

std::string grid_png(const std::vector<image::Image>& pictures, const config::Config& config) {
  const auto style = report::grid_style(config, config::parse_grid(config.grid));
  return image::encode_png(image::make_grid(pictures, style));
}

// The numbers in the names that `path_of` makes, in ascending order; 0, the untrained grid, is left out.
std::vector<std::int64_t> grid_numbers(const fs::path& folder,
                                       fs::path (*path_of)(const fs::path&, std::int64_t)) {
  std::vector<std::int64_t> numbers;
  for (const auto& entry : fs::directory_iterator(folder / "samples")) {
    const std::string name = entry.path().filename().string();
    const auto digits = name.find_first_of("0123456789");
    const std::int64_t number = digits == std::string::npos ? 0 : std::atoll(name.c_str() + digits);
    if (number > 0 && name == path_of("", number).filename()) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

fs::path grid_path(const fs::path& folder, std::int64_t epoch) {
  char name[32];
  std::snprintf(name, sizeof name, "epoch_%04lld.png", static_cast<long long>(epoch));
  return folder / "samples" / name;
}

fs::path step_grid_path(const fs::path& folder, std::int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step_%08lld.png", static_cast<long long>(step));
  return folder / "samples" / name;
}

void remove_grids_after(const fs::path& folder, std::int64_t epoch, std::int64_t step) {
  std::error_code ignored;  // one that stays is in the animation once too often, no more
  for (const std::int64_t present : grid_numbers(folder, grid_path))
    if (present > epoch) fs::remove(grid_path(folder, present), ignored);
  for (const std::int64_t present : grid_numbers(folder, step_grid_path))
    if (present > step) fs::remove(step_grid_path(folder, present), ignored);
}

void write_sample_grid(const fs::path& path, const nn::Network& g, const config::Config& config) {
  const auto grid = config::parse_grid(config.grid);
  std::vector<image::Image> pictures;
  for (std::int64_t i = 0; i < grid.rows * grid.columns; ++i)
    pictures.push_back(
        generate_picture(g, draw_latent(static_cast<std::uint64_t>(config.seed), core::Purpose::grid,
                                        static_cast<std::uint64_t>(i), config.z)));
  core::write_file_atomic(path, grid_png(pictures, config));
}

std::string real_grid_png(const data::Dataset& dataset, const config::Config& config) {
  const auto grid = config::parse_grid(config.grid);
  const auto cells = static_cast<std::size_t>(grid.rows * grid.columns);
  std::vector<image::Image> pictures;
  data::pick_pictures(dataset, static_cast<std::uint64_t>(config.seed), cells,
                      [&](std::size_t, image::Image picture) { pictures.push_back(std::move(picture)); });
  config::Config as_seen = config;  // by the networks
  as_seen.grid_invert = false;
  return grid_png(pictures, as_seen);
}

void write_animation(const fs::path& folder, const config::Config& config) {
  std::vector<std::int64_t> numbers = grid_numbers(folder, grid_path);
  std::vector<fs::path> grids;
  if (config::parse_every(config.sample_every).epochs == 0) {  // by time: those of steps, and the last one
    for (const std::int64_t step : grid_numbers(folder, step_grid_path))
      grids.push_back(step_grid_path(folder, step));
    if (!numbers.empty()) grids.push_back(grid_path(folder, numbers.back()));
    numbers.resize(grids.size());
    std::iota(numbers.begin(), numbers.end(), 1);
  } else {
    for (const std::int64_t epoch : numbers) grids.push_back(grid_path(folder, epoch));
  }
  std::vector<image::Image> frames;
  for (const std::int64_t number : report::gif_epochs(numbers, config.gif)) {
    const auto at = std::lower_bound(numbers.begin(), numbers.end(), number) - numbers.begin();
    const std::string bytes = core::read_file(grids[static_cast<std::size_t>(at)], 256u << 20, ErrorKind::io);
    frames.push_back(image::decode_png({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}));
  }
  if (!frames.empty()) core::write_file_atomic(folder / "training.gif", image::encode_gif(frames));
}

}  // namespace facegan::train
