#include "facegan/infer/picture_maker.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/run/grid_style.h"
#include "facegan/run/provenance.h"

namespace facegan::infer {
namespace {

using core::str;
constexpr std::int64_t kMaxSheetSide = 1'000'000;  // pixels; libpng neither writes nor reads more

}  // namespace

PictureMaker::PictureMaker(const run::Loaded& loaded, const MakerOptions& options)
    : truncation_(options.truncation),
      scale_(options.scale),
      sampler_(loaded, options.device, options.weights) {
  const std::string &wanted = options.checkpoint_hash, &hash = sampler_.checkpoint_hash();
  if (!wanted.empty() && wanted != hash)
    throw Error(ErrorKind::checkpoint,
                str(core::printable(sampler_.checkpoint_path()), " is another checkpoint: its checksum is ",
                    hash, ", not ", wanted));
  if (scale_ == 0) scale_ = config().grid_scale;
}

std::vector<image::Image> PictureMaker::pictures(std::vector<Latent> latents) const {
  for (Latent& latent : latents)  // what stands behind z is the condition
    for (std::size_t i = 0; i < std::min(latent.size(), static_cast<std::size_t>(config().z)); ++i)
      latent[i] = static_cast<float>(truncation_ * latent[i]);
  return sampler_.pictures(latents);
}

image::GridStyle PictureMaker::style(std::int64_t rows, std::int64_t columns) const {
  image::GridStyle style = run::grid_style(config(), {rows, columns});
  style.scale = static_cast<int>(scale_);
  return style;
}

image::Captions PictureMaker::captions_of(const std::vector<std::string>& texts) const {
  return {static_cast<int>(config().size.width * scale_), texts, style(1, 1).margin_color};
}

void PictureMaker::check_sheet(std::int64_t rows, std::int64_t columns, std::int64_t sheets,
                               const std::vector<std::string>& captions) const {
  const image::Captions texts = captions_of(captions);
  const std::int64_t margin = config().grid_margin;
  const int copies = captions.empty() ? 1 : 2;  // the cells with their captions beside the sheet
  const std::int64_t height = rows * (config().size.height * scale_ + texts.strip() + margin) + margin,
                     width = columns * (texts.width() + margin) + margin;
  if (std::max(width, height) > kMaxSheetSide ||
      height > kMaxSheetBytes / width / config().channels / (sheets * copies))
    throw Error(
        ErrorKind::usage,
        str(sheets > 1 ? str(sheets, " sheets") : "a sheet", " of ", rows, "x", columns, " pictures of ",
            core::Size(config().size.width * scale_, config().size.height * scale_).text(), " pixels",
            sheets > 1 ? " are" : " is", " too large; ask for fewer, or for a smaller --scale",
            captions.empty() ? "" : ", or leave out --caption"));
}

image::Image PictureMaker::sheet(const std::vector<image::Image>& pictures, std::int64_t rows,
                                 std::int64_t columns, const std::vector<std::string>& captions) const {
  check_sheet(rows, columns, 1, captions);
  image::GridStyle all = style(rows, columns);
  if (captions.empty()) return image::make_grid(pictures, all);
  image::GridStyle one = style(1, 1);  // enlarged, and inverted where the run's grids are; its text is not
  one.margin = 0;
  all.scale = 1, all.invert = false;
  const image::Captions texts = captions_of(captions);
  std::vector<image::Image> cells(pictures.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (pictures[i].width > 0) cells[i] = texts.below(image::make_grid({pictures[i]}, one), i);
  return image::make_grid(cells, all);
}

image::Image PictureMaker::frame(const std::vector<image::Image>& pictures) const {
  const config::Grid grid = square_grid(static_cast<std::int64_t>(pictures.size()));
  image::GridStyle look = style(grid.rows, grid.columns);
  if (pictures.size() == 1) look.margin = 0;
  return image::make_grid(pictures, look);
}

PictureMaker::Walks PictureMaker::walks(const std::vector<std::uint64_t>& seeds, std::int64_t count,
                                        const Walk& how, const std::vector<spec::WantedRow>& wanted) const {
  Walk straight = how;  // between conditions
  straight.linear = true;
  Walks frames(static_cast<std::size_t>(how.frames));
  for (std::int64_t k = 0; k < count; ++k) {
    const auto index = static_cast<std::uint64_t>(k);
    std::vector<Latent> stops, rows;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      stops.push_back(sampler_.latent(seeds[i], index));
      rows.push_back(
          sampler_.conditions().row(seeds[i], index, wanted.empty() ? spec::WantedRow{} : wanted[i]));
    }
    std::vector<Latent> latents = walk(stops, how);
    if (sampler_.conditions().any()) {
      const std::vector<Latent> told_rows = walk(rows, straight);
      for (std::size_t i = 0; i < latents.size(); ++i) latents[i] = told(std::move(latents[i]), told_rows[i]);
    }
    auto made = pictures(std::move(latents));
    for (std::size_t i = 0; i < frames.size(); ++i) frames[i].push_back(std::move(made[i]));
  }
  return frames;
}

image::Image PictureMaker::strip(const Walks& walks) const {
  const std::size_t rows = walks.at(0).size();
  std::vector<image::Image> cells;
  for (std::size_t k = 0; k < rows; ++k)
    for (const auto& frame : walks) cells.push_back(frame[k]);
  return sheet(cells, static_cast<std::int64_t>(rows), static_cast<std::int64_t>(walks.size()));
}

image::Frames PictureMaker::frames(Walks walks) const {
  const std::size_t count = walks.size();
  return {count, [this, walks = std::move(walks)](std::size_t i) { return frame(walks.at(i)); }};
}

image::Frames PictureMaker::sweep_frames(std::vector<image::Image> pictures, std::int64_t steps) const {
  const auto count = static_cast<std::size_t>(steps);
  return {2 * (count - 1), [this, pictures = std::move(pictures), count](std::size_t i) {
            std::vector<image::Image> column;
            for (std::size_t at = i < count ? i : 2 * (count - 1) - i; at < pictures.size(); at += count)
              column.push_back(pictures[at]);
            return frame(column);
          }};
}

image::TextFields PictureMaker::fields(const std::string& kind, image::TextFields more,
                                       const std::string& command) const {
  more.emplace_back(run::kFieldWeights, name_of(sampler_.weights()));
  more.emplace_back(run::kFieldHash, sampler_.checkpoint_hash());
  more.emplace_back(run::kFieldCommand, command);
  return run::text_fields(config(), kind, std::move(more));
}

config::Grid square_grid(std::int64_t pictures) {
  const auto columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(pictures))));
  return {(pictures + columns - 1) / columns, columns};
}

}  // namespace facegan::infer
