#include "report/sheets.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "facegan/core/base64.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"
#include "facegan/run/history.h"
#include "report/html.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxSide = 1600, kMinSide = 32;   // pixels of an encoded picture
constexpr int kColumnCells = 5, kMaxCell = 96;  // pictures of a column, pixels of one

// Where the pictures lie on a sheet.
struct Cells {
  int rows, columns, width, height, margin;  // of a picture; around them
  image::Crop at(int index) const {
    const int left = margin + index % columns * (width + margin),
              top = margin + index / columns * (height + margin);
    return {image::Crop::Kind::box, left, top, left + width, top + height};
  }
};

// Nothing when the sheet is not one of this configuration.
std::optional<Cells> cells_of(const image::Image& sheet, const config::Config* config) {
  if (!config) return {};
  const auto grid = config::parse_grid(config->grid);
  const std::int64_t margin = config->grid_margin, width = config->size.width * config->grid_scale,
                     height = config->size.height * config->grid_scale;
  if (grid.columns * (width + margin) + margin != sheet.width ||
      grid.rows * (height + margin) + margin != sheet.height)
    return {};
  return Cells{static_cast<int>(grid.rows), static_cast<int>(grid.columns), static_cast<int>(width),
               static_cast<int>(height), static_cast<int>(margin)};
}

Encoded encode_column(const image::Image& sheet, const Cells& cells, int scale) {
  std::vector<image::Image> pictures;
  // An enlarged sheet has no more in it than its pictures had.
  const int width = cells.width / scale, height = cells.height / scale, longer = std::max({width, height, 1}),
            most = std::min(longer, kMaxCell);
  const core::Size size(std::max(1, width * most / longer), std::max(1, height * most / longer));
  for (int i = 0; i < std::min(cells.rows * cells.columns, kColumnCells); ++i)
    pictures.push_back(image::fit(sheet, cells.at(i), size, sheet.channels));
  const image::GridStyle style{.rows = static_cast<int>(pictures.size()), .columns = 1, .margin = 0};
  return encode_within(image::make_grid(pictures, style), kMaxColumnBytes, "");
}

Sheet read_sheet(const core::Inside& file, const std::string& label, const config::Config* config) {
  const std::string png = core::read_file(file, run::kMaxGridBytes, ErrorKind::data);
  const image::Image picture = image::decode_png(image::as_bytes(png));
  Sheet sheet;
  sheet.label = label;
  sheet.whole = encode_within(picture, kMaxSheetBytes, png);
  if (const auto cells = cells_of(picture, config))
    sheet.column = encode_column(picture, *cells, static_cast<int>(config->grid_scale));
  return sheet;
}

}  // namespace

std::vector<PageGrid> page_grids(const fs::path& run, std::int64_t steps_per_epoch) {
  const std::int64_t per_epoch = std::clamp<std::int64_t>(steps_per_epoch, 1, 1'000'000'000);
  std::vector<PageGrid> grids;
  for (const std::int64_t epoch : run::grid_numbers(run, run::grid_file))
    grids.push_back({run::grid_file("", epoch).name.filename(),
                     epoch == 0 ? "epoch 0, untrained" : core::str("epoch ", core::with_thousands(epoch)),
                     std::min<std::int64_t>(epoch, 1'000'000'000) * per_epoch});
  for (const std::int64_t step : run::grid_numbers(run, run::step_grid_file))
    grids.push_back({run::step_grid_file("", step).name.filename(),
                     core::str("step ", core::with_thousands(step)), step});
  std::sort(grids.begin(), grids.end(), [](const PageGrid& a, const PageGrid& b) {
    return a.step != b.step ? a.step < b.step : a.name < b.name;
  });
  return grids;
}

std::vector<std::size_t> chosen_grids(std::size_t count, std::size_t max) {
  std::vector<std::size_t> all;
  // Kept where scale * sqrt(i) passes a whole number.
  for (double scale = 1e4;; scale /= std::sqrt(2.0)) {
    all.clear();
    double last = -1;
    for (std::size_t i = 0; i < count; ++i) {
      const double level = std::floor(scale * std::sqrt(static_cast<double>(i)));
      if (level > last || i + 1 == count) all.push_back(i);
      last = level;
    }
    if (all.size() <= max) return all;
  }
}

Encoded encode_within(const image::Image& picture, std::size_t max_bytes, const std::string& png) {
  const auto encoded = [](const image::Image& image, const char* kind, const std::string& bytes) {
    return Encoded{core::str("data:image/", kind, ";base64,", core::base64(bytes)), image.width,
                   image.height};
  };
  const int side = std::max(picture.width, picture.height);
  if (side <= kMaxSide && !png.empty() && png.size() <= max_bytes) return encoded(picture, "png", png);
  for (int limit = std::min(side, kMaxSide);;) {
    const image::Image shrunk = image::shrink_to(picture, limit);
    if (png.empty() && limit <= 512)
      if (const std::string bytes = image::encode_png(shrunk); bytes.size() <= max_bytes)
        return encoded(shrunk, "png", bytes);
    std::size_t best = 0;
    for (const int quality : {92, 86, 78, 68}) {
      const std::string bytes = image::encode_jpeg(shrunk, quality);
      if (bytes.size() <= max_bytes || limit == kMinSide) return encoded(shrunk, "jpeg", bytes);
      if (best == 0) best = bytes.size();
      if (best > 2 * max_bytes) break;  // lower quality alone will not do
    }
    const double share = std::sqrt(2 * static_cast<double>(max_bytes) / static_cast<double>(best));
    limit = std::max(static_cast<int>(limit * std::clamp(share, 0.5, 0.85)), kMinSide);
  }
}

std::optional<Encoded> read_picture(const core::Inside& file, std::size_t max_bytes) {
  try {
    const std::string png = core::read_file(file, run::kMaxGridBytes, ErrorKind::data);
    return encode_within(image::decode_png(image::as_bytes(png)), max_bytes, png);
  } catch (const Error&) {
    return {};
  }
}

std::string image_html(const Encoded& picture, const std::string& alt, const std::string& more) {
  // Few pixels stay pixels when they are enlarged.
  const bool small = picture.width < 48 || std::max(picture.width, picture.height) < 150;
  return core::str("<img", small ? " class=\"pixels\"" : "", " src=\"", picture.uri, "\" width=\"",
                   picture.width, "\" height=\"", picture.height, "\" alt=\"", core::escape_html(alt), "\"",
                   more, ">");
}

const Sheet* SheetCache::get(const core::Inside& file, const std::string& label,
                             const config::Config* config) {
  std::error_code error;
  const auto bytes = fs::file_size(file.path(), error);
  const auto written = error ? fs::file_time_type() : fs::last_write_time(file.path(), error);
  if (error) return nullptr;
  Entry& entry = entries_[file.path().string()];
  if (!entry.used && (entry.bytes != bytes || entry.written != written)) {
    entry.bytes = bytes, entry.written = written;
    try {
      entry.sheet = read_sheet(file, label, config);
    } catch (const Error& refused) {
      if (refused.kind() == ErrorKind::checkpoint) throw;  // a link
      entry.sheet.reset();
    }
  }
  entry.used = true;
  return entry.sheet ? &*entry.sheet : nullptr;
}

void SheetCache::forget_unused() {
  std::erase_if(entries_, [](const auto& entry) { return !entry.second.used; });
  for (auto& [name, entry] : entries_) entry.used = false;
}

}  // namespace facegan::report
