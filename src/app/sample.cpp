// facegan sample: new pictures from seeds.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "app/commands.h"
#include "app/seeds.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/image/image.h"
#include "facegan/report/preview.h"
#include "facegan/report/sinks.h"
#include "facegan/train/sampler.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;
constexpr std::int64_t kMaxPictures = 100'000;
constexpr std::int64_t kMaxSheetBytes = std::int64_t{1} << 30;

struct Wanted {
  std::vector<std::uint64_t> seeds;
  std::int64_t count;   // pictures a seed
  config::Grid grid{};  // of the sheet
  std::int64_t total() const { return static_cast<std::int64_t>(seeds.size()) * count; }
};

// One seed alone gives a sheet of 64, several seeds one picture each; --grid or --count say otherwise.
Wanted read_wanted(const Invocation& invocation) {
  Wanted w{parse_seeds(invocation.text("seed", "1")), 0};
  const auto seeds = static_cast<std::int64_t>(w.seeds.size());
  const bool has_grid = invocation.has("grid");
  if (has_grid) w.grid = config::parse_grid(invocation.text("grid", ""));
  const std::int64_t cells = w.grid.rows * w.grid.columns;
  const std::int64_t fallback = has_grid ? std::max<std::int64_t>(1, cells / seeds) : seeds == 1 ? 64 : 1;
  w.count = invocation.integer("count", fallback, 1, kMaxPictures);
  if (w.total() > kMaxPictures)
    throw Error(ErrorKind::usage, str(seeds, " seeds of ", w.count, " pictures are more than ", kMaxPictures,
                                      "; ask for fewer"));
  if (!has_grid) {
    w.grid.columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(w.total()))));
    w.grid.rows = (w.total() + w.grid.columns - 1) / w.grid.columns;
  } else if (cells < w.total() && !invocation.has("each")) {
    throw Error(ErrorKind::usage, str("--grid ", invocation.text("grid", ""), " has ", cells, " cells for ",
                                      w.total(), " pictures; enlarge it or lower --count"));
  }
  return w;
}

// sample_SEED.png, in the folder that --out names or here.
fs::path sheet_path(const Invocation& invocation) {
  const std::string out = invocation.text("out", ".");
  std::error_code error;  // a place that cannot be looked at is refused when it is written
  if (!fs::is_directory(out, error) && !out.ends_with('/')) {
    if (fs::path(out).extension() != ".png")
      throw Error(ErrorKind::usage, str("--out ", core::printable(out), " must end in .png, or be a folder"));
    return out;
  }
  std::string seeds = invocation.text("seed", "1").substr(0, 80);
  std::replace(seeds.begin(), seeds.end(), ',', '_');
  const fs::path name = str("sample_", seeds, ".png");
  return out == "." ? name : fs::path(out) / name;
}

void write_png(const fs::path& path, const image::Image& picture) {
  if (path.has_parent_path()) core::make_folder(path.parent_path());
  core::write_file_atomic(path, image::encode_png(picture));
  core::print(path.string());
}

void write_each(const train::Sampler& sampler, const Wanted& wanted, const fs::path& folder) {
  for (std::uint64_t seed : wanted.seeds)
    for (std::int64_t k = 0; k < wanted.count; ++k) {
      char number[24];
      std::snprintf(number, sizeof number, "%04lld", static_cast<long long>(k));
      write_png(folder / str("seed_", seed, "_", number, ".png"),
                sampler.picture(sampler.latent(seed, static_cast<std::uint64_t>(k))));
    }
}

}  // namespace

int run_sample(const Invocation& invocation) {
  const Wanted wanted = read_wanted(invocation);
  const bool each = invocation.has("each");
  if (each && invocation.has("preview"))
    throw Error(ErrorKind::usage, "--preview shows the sheet, and --each makes none");
  std::optional<report::Preview> preview;
  if (invocation.has("preview")) preview.emplace(invocation.text("preview", ""));
  const fs::path path = each ? fs::path(invocation.text("out", ".")) : sheet_path(invocation);
  const train::Sampler sampler(invocation.text("from", ""), invocation.text("device", "auto"));
  core::log_info("sampling from ", core::printable(sampler.checkpoint_path()));
  if (each) {
    write_each(sampler, wanted, path);
    return 0;
  }
  const auto& config = sampler.config();
  const std::int64_t margin = config.grid_margin, cell = config.size * config.grid_scale + margin;
  if ((wanted.grid.rows * cell + margin) * (wanted.grid.columns * cell + margin) * config.channels >
      kMaxSheetBytes)
    throw Error(ErrorKind::usage, str("a sheet of ", wanted.total(),
                                      " pictures is too large; use --each or a smaller --count"));
  std::vector<image::Image> pictures;
  for (std::uint64_t seed : wanted.seeds)
    for (std::int64_t k = 0; k < wanted.count; ++k)
      pictures.push_back(sampler.picture(sampler.latent(seed, static_cast<std::uint64_t>(k))));
  const image::Image sheet = image::make_grid(pictures, report::grid_style(config, wanted.grid));
  write_png(path, sheet);
  if (preview) preview->show(sheet);
  return 0;
}

}  // namespace facegan::app
