#include "app/make/picture_maker.h"

#include <algorithm>
#include <cmath>

#include "app/command_line/call_again.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/report/sinks.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

using core::str;
constexpr std::int64_t kMaxSheetSide = 1'000'000;  // pixels; libpng neither writes nor reads more

const Command& command_named(const std::string& name) {
  for (const Command& command : commands())
    if (name == command.name) return command;
  throw Error(ErrorKind::internal, "no command " + name);
}

// Error(usage) for what is no checksum.
std::string wanted_hash(const Invocation& invocation) {
  const std::string hash = invocation.text("checkpoint-hash", "");
  if (invocation.has("checkpoint-hash") && !is_checksum(hash))
    throw Error(
        ErrorKind::usage,
        str("--checkpoint-hash is the checksum in a checkpoint, 16 hex digits in small letters, not '",
            core::printable(hash), "'"));
  return hash;
}

}  // namespace

PictureMaker::PictureMaker(const std::string& command, const Invocation& invocation)
    : command_(command_named(command)),
      wanted_hash_(wanted_hash(invocation)),
      truncation_(invocation.real("truncation", 1, 0, 10)),
      scale_(invocation.integer("scale", 0, 1, 64)),
      sampler_(invocation.text("from", ""), invocation.text("device", "auto")) {
  const std::string &path = sampler_.checkpoint_path(), &hash = sampler_.checkpoint_hash();
  if (!wanted_hash_.empty() && wanted_hash_ != hash)
    throw Error(ErrorKind::checkpoint, str(core::printable(path), " is another checkpoint: its checksum is ",
                                           hash, ", not ", wanted_hash_));
  if (scale_ == 0) scale_ = config().grid_scale;
  core::log_info(command_.name, " from ", core::printable(path));
  says("from", named_path(path));
  says("checkpoint-hash", hash);
  says("device", config().device);
  if (truncation_ != 1) says("truncation", core::number_text(truncation_));
  if (scale_ != config().grid_scale) says("scale", str(scale_));
}

std::vector<image::Image> PictureMaker::pictures(std::vector<Latent> latents) const {
  for (Latent& z : latents)
    for (float& value : z) value = static_cast<float>(truncation_ * value);
  return sampler_.pictures(latents);
}

image::GridStyle PictureMaker::style(std::int64_t rows, std::int64_t columns) const {
  image::GridStyle style = report::grid_style(config(), {rows, columns});
  style.scale = static_cast<int>(scale_);
  return style;
}

void PictureMaker::check_sheet(std::int64_t rows, std::int64_t columns, std::int64_t sheets) const {
  const std::int64_t margin = config().grid_margin, cell = config().size * scale_ + margin;
  const std::int64_t height = rows * cell + margin, width = columns * cell + margin;
  if (std::max(width, height) > kMaxSheetSide || height > kMaxSheetBytes / width / config().channels / sheets)
    throw Error(ErrorKind::usage,
                str(sheets > 1 ? str(sheets, " sheets") : "a sheet", " of ", rows, "x", columns,
                    " pictures of ", config().size * scale_, " pixels", sheets > 1 ? " are" : " is",
                    " too large; ask for fewer, or for a smaller --scale"));
}

image::Image PictureMaker::sheet(const std::vector<image::Image>& pictures, std::int64_t rows,
                                 std::int64_t columns) const {
  check_sheet(rows, columns);
  return image::make_grid(pictures, style(rows, columns));
}

image::Image PictureMaker::frame(const std::vector<image::Image>& pictures) const {
  const config::Grid grid = square_grid(static_cast<std::int64_t>(pictures.size()));
  image::GridStyle look = style(grid.rows, grid.columns);
  if (pictures.size() == 1) look.margin = 0;
  return image::make_grid(pictures, look);
}

image::PngText PictureMaker::fields(const std::string& kind, const image::PngText& more,
                                    const std::map<std::string, std::string>& call) const {
  CallAgain again{&command_, call_};
  for (const auto& [flag, value] : call) again.own[flag] = value;
  image::PngText fields = more;
  fields.emplace_back(run::kFieldHash, sampler_.checkpoint_hash());
  fields.emplace_back(run::kFieldCommand, text_of(again));
  return run::png_fields(config(), kind, std::move(fields));
}

void PictureMaker::write_png(const std::filesystem::path& path, const image::Image& picture,
                             const image::PngText& fields) const {
  write_output(path, image::encode_png(picture, fields));
}

config::Grid square_grid(std::int64_t pictures) {
  const auto columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(pictures))));
  return {(pictures + columns - 1) / columns, columns};
}

}  // namespace facegan::app
