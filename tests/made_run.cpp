#include "made_run.h"

#include <cmath>

#include "facegan/config/config.h"
#include "facegan/core/files.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/portrait/portrait.h"
#include "facegan/report/report.h"
#include "facegan/run/grid_style.h"
#include "facegan/run/info.h"

namespace fs = std::filesystem;
using namespace facegan;

namespace {

// `clear`: 0 = noise alone, 1 = faces alone.
image::Image mixed(image::Image picture, double clear, core::Random& random) {
  for (unsigned char& value : picture.pixels)
    value = static_cast<unsigned char>(
        std::lround(clear * value + (1 - clear) * (128 + std::clamp(40 * random.normal(), -127.0, 127.0))));
  return picture;
}

std::string sheet_png(const config::Config& config, std::uint64_t first, double clear) {
  const auto grid = config::parse_grid(config.grid);
  core::Random random(first, core::Purpose::faces, 0);
  std::vector<image::Image> pictures;
  for (std::int64_t i = 0; i < grid.rows * grid.columns; ++i)
    pictures.push_back(mixed(
        portrait::draw(first, static_cast<std::uint64_t>(i), static_cast<int>(config.size.width)), clear, random));
  return image::encode_png(image::make_grid(pictures, run::grid_style(config, grid)));
}

void write_numbers(const fs::path& folder, const MadeRun& made) {
  core::Random random(1, core::Purpose::label_noise, 0);
  std::string lines;
  for (int epoch = 1; epoch <= made.epochs; ++epoch)
    for (int line = 1; line <= made.lines_per_epoch; ++line) {
      run::Metrics m;
      m.epoch = epoch, m.step = (epoch - 1) * kMadeSteps + kMadeSteps * line / made.lines_per_epoch;
      const double done = static_cast<double>(m.step) / (kMadeSteps * made.epochs);
      m.images = 128 * m.step;
      m.set("d_loss", 0.35 + std::exp(-8 * done) + 0.12 * random.uniform());
      m.set("g_loss", 4.5 - 2 * std::exp(-5 * done) + 1.2 * random.normal() * std::sqrt(done / 8));
      m.set("d_real", 0.85 - 0.1 * done + 0.03 * random.normal());
      m.set("d_fake", 0.12 + 0.1 * done + 0.02 * random.normal());
      m.set("d_accuracy", 0.9 - 0.08 * done + 0.02 * random.normal());
      m.set("images_per_s", 610 + 12 * random.normal());
      m.set("elapsed_s", static_cast<double>(m.images) / 610);
      m.set("d_accuracy_real", 0), m.set("d_accuracy_fake", 0);
      lines += run::metrics_json(m) + "\n";
    }
  core::write_file_atomic(folder / "metrics.jsonl", lines);
}

void write_grids(const fs::path& folder, const config::Config& config, int epochs) {
  constexpr int kSheets = 8;
  core::make_folder(folder / "samples");
  core::write_file_atomic(folder / "samples/real.png", sheet_png(config, 99, 1));
  for (int sheet = 0; sheet < kSheets; ++sheet)
    core::write_file_atomic(folder / core::str("sheet_", sheet),
                            sheet_png(config, 1, std::sqrt(static_cast<double>(sheet) / kSheets)));
  for (int epoch = 0; epoch <= epochs; ++epoch) {
    const int sheet = static_cast<int>((kSheets - 1) * std::sqrt(static_cast<double>(epoch) / epochs));
    char name[32];
    std::snprintf(name, sizeof name, "epoch_%04d.png", epoch);
    fs::create_hard_link(folder / core::str("sheet_", sheet), folder / "samples" / name);
  }
  for (int sheet = 0; sheet < kSheets; ++sheet) fs::remove(folder / core::str("sheet_", sheet));
}

}  // namespace

void make_run(const fs::path& folder, const MadeRun& made) {
  config::Config config = config::resolve({.preset = "dcgan"}, nullptr).config;
  config.epochs = made.epochs, config.grid = made.grid, config.size = made.size;
  config.lr_g = config.lr_d = made.lr;
  config.device = "cpu", config.precision = "fp32", config.threads = 2;
  core::make_folder(folder);
  core::write_file_atomic(folder / "config.yaml", config::to_yaml(config));
  run::Info info;
  info.state = "finished", info.version = "0.1.0", info.libtorch = "2.11.0";
  info.device_name = "a processor", info.instructions = "AVX2";
  info.pictures = 12'800, info.steps_per_epoch = kMadeSteps, info.total_steps = made.epochs * kMadeSteps;
  info.generator_parameters = 3'576'704, info.discriminator_parameters = 2'765'568;
  core::write_file_atomic(folder / "run.json", run::info_json(info));
  write_numbers(folder, made);
  write_grids(folder, config, made.epochs);
}
