#pragma once
// What the commands share that make pictures of a model: the model that --from, --checkpoint-hash, --device
// and
// --truncation choose, the look of its sheets, and the call that is written into them.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/command_line/commands.h"
#include "facegan/image/animation.h"
#include "facegan/image/image.h"
#include "facegan/infer/sampler.h"

namespace facegan::app {

using infer::Latent;

class PictureMaker {
 public:
  // Of the command of that name. Error(checkpoint) when the checkpoint is not the one of --checkpoint-hash.
  PictureMaker(const std::string& command, const Invocation& invocation);

  const config::Config& config() const { return sampler_.config(); }
  const infer::Sampler& sampler() const { return sampler_; }

  // The pictures of latents, each of --truncation times its latent, and nothing for an empty one: for a cell
  // of a sheet that stays bare.
  std::vector<image::Image> pictures(std::vector<Latent> latents) const;
  // A row of pictures, or several, in the colours and with the margin and enlargement of the run's grids.
  // Error(usage) when it would be too large.
  image::Image sheet(const std::vector<image::Image>& pictures, std::int64_t rows,
                     std::int64_t columns) const;
  // To be called before the pictures are made: the same error. sheets: as many at once in memory.
  void check_sheet(std::int64_t rows, std::int64_t columns, std::int64_t sheets = 1) const;
  // Frames of an animation: of one picture alone without a margin.
  image::Image frame(const std::vector<image::Image>& pictures) const;

  // A flag of the call that makes the picture again, in its one spelling; without a value: a switch.
  void says(const std::string& flag, const std::string& value = "") { call_[flag] = value; }
  // Its text fields; more: the fields of this picture alone, call: flags in which its call is another.
  image::PngText fields(const std::string& kind, const image::PngText& more,
                        const std::map<std::string, std::string>& call = {}) const;
  void write_png(const std::filesystem::path& path, const image::Image& picture,
                 const image::PngText& fields) const;

 private:
  image::GridStyle style(std::int64_t rows, std::int64_t columns) const;

  const Command& command_;
  const std::string wanted_hash_;
  const double truncation_;
  std::int64_t scale_;
  infer::Sampler sampler_;  // after those whose values may be refused: it takes its time
  std::map<std::string, std::string> call_;
};

inline constexpr std::int64_t kMaxSheetBytes = std::int64_t{1} << 30;  // of pixels

// Rows and columns of a nearly square sheet.
config::Grid square_grid(std::int64_t pictures);

}  // namespace facegan::app
