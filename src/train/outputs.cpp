#include "train/outputs.h"

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/image/animation.h"
#include "facegan/infer/pictures.h"
#include "facegan/run/files.h"
#include "facegan/run/grid_style.h"
#include "facegan/run/history.h"
#include "facegan/run/provenance.h"

namespace facegan::train {
namespace {

namespace fs = std::filesystem;

// The sheet in out.pixels and as a PNG.
void make_sheet(report::Pictures& out, const std::vector<image::Image>& pictures,
                const config::Config& config, const std::string& kind, image::TextFields fields) {
  const auto style = run::grid_style(config, config::parse_grid(config.grid));
  fields.insert(fields.begin(), {run::kFieldSeed, core::str(config.seed)});
  out.pixels = image::make_grid(pictures, style);
  out.png = image::encode_png(out.pixels, run::text_fields(config, kind, std::move(fields)));
}

}  // namespace

std::vector<infer::Latent> grid_latents(const config::Config& config, const infer::Conditions& conditions) {
  const auto grid = config::parse_grid(config.grid);
  const auto columns = static_cast<std::size_t>(grid.columns),
             cells = static_cast<std::size_t>(grid.rows) * columns;
  const auto latent = [&](std::size_t i) {
    return infer::draw_latent(static_cast<std::uint64_t>(config.seed), core::Purpose::grid, i, config.z);
  };
  std::vector<infer::Latent> latents;
  const auto shown = conditions.shown(columns);
  for (std::size_t i = 0; i < cells; ++i) {
    if (shown.empty()) {
      latents.push_back(latent(i));
      continue;
    }
    const std::size_t column = i % columns, groups = (columns + shown.size() - 1) / shown.size();
    latents.push_back(
        infer::told(latent(i / columns * groups + column / shown.size()), shown[column % shown.size()]));
  }
  return latents;
}

report::Pictures write_sample_grid(const core::Inside& file, const std::vector<image::Image>& pictures,
                                   const config::Config& config, std::int64_t epoch, std::int64_t step) {
  report::Pictures sheet{.kind = report::Pictures::Kind::generated, .path = file.path()};
  make_sheet(sheet, pictures, config, run::kKindGrid,
             {{run::kFieldEpoch, core::str(epoch)},
              {run::kFieldStep, core::str(step)},
              {run::kFieldWeights, config.ema == "off" ? "raw" : "mean"}});
  core::write_file_atomic(file, sheet.png);
  return sheet;
}

report::Pictures real_grid(const data::Dataset& dataset, const config::Config& config) {
  const auto grid = config::parse_grid(config.grid);
  const auto cells = static_cast<std::size_t>(grid.rows * grid.columns);
  std::vector<image::Image> pictures;
  data::pick_pictures(dataset, static_cast<std::uint64_t>(config.seed), cells,
                      [&](std::size_t, image::Image picture) { pictures.push_back(std::move(picture)); });
  config::Config as_seen = config;  // by the networks
  as_seen.grid_invert = false;
  report::Pictures sheet{.kind = report::Pictures::Kind::real};
  make_sheet(sheet, pictures, as_seen, run::kKindReal, {{run::kFieldDataset, config.dataset}});
  return sheet;
}

void write_animation(const fs::path& folder, const config::Config& config) {
  const image::Frames frames = run::grid_frames(run::readable(run::history(folder, config)));
  if (frames.size() > 0)
    run::write_file(
        folder, run::kAnimationFile,
        image::encode_animation(image::AnimationFormat::gif, frames, {}, run::history_fields(config)));
}

}  // namespace facegan::train
