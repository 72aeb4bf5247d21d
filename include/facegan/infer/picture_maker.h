#pragma once
// Pictures of a model as they are shown and kept: sheets, strips and frames in the look of the run's grids,
// with the text fields that say where they come from. Free of LibTorch.
#include <cstdint>
#include <string>
#include <vector>

#include "facegan/image/animation.h"
#include "facegan/image/caption.h"
#include "facegan/image/image.h"
#include "facegan/infer/latents.h"
#include "facegan/infer/sampler.h"

namespace facegan::infer {

struct MakerOptions {
  double truncation = 1;        // of every latent that a picture is made of
  std::int64_t scale = 0;       // whole-number enlargement of sheets and frames; 0 = that of the run's grids
  std::string checkpoint_hash;  // the checksum that the checkpoint must have; "" = any
  std::string device = "auto";
  Weights weights = Weights::mean;
};

class PictureMaker {
 public:
  // Error(checkpoint) when the checkpoint is not the one of the hash, and as Sampler.
  PictureMaker(const run::Loaded& loaded, const MakerOptions& options);

  const config::Config& config() const { return sampler_.config(); }
  const Sampler& sampler() const { return sampler_; }
  std::int64_t scale() const { return scale_; }

  // The pictures of latents, each of truncation times its latent, and nothing for an empty one: for a cell
  // of a sheet that stays bare.
  std::vector<image::Image> pictures(std::vector<Latent> latents) const;

  // Rows of pictures, in the colours and with the margin and enlargement of the run's grids. captions: a text
  // below each picture, or none. Error(usage) when they would be too large.
  image::Image sheet(const std::vector<image::Image>& pictures, std::int64_t rows, std::int64_t columns,
                     const std::vector<std::string>& captions = {}) const;
  // To be called before the pictures are made: the same error. sheets: as many at once in memory.
  void check_sheet(std::int64_t rows, std::int64_t columns, std::int64_t sheets = 1,
                   const std::vector<std::string>& captions = {}) const;
  // A nearly square sheet, for an animation; of one picture alone without a margin.
  image::Image frame(const std::vector<image::Image>& pictures) const;

  // Walks side by side through all seeds: the k-th goes from picture k of a seed to picture k of the next.
  // Frame by frame the pictures of all walks. wanted: of each stop's condition, none: any; on straight lines
  // between them.
  using Walks = std::vector<std::vector<image::Image>>;
  Walks walks(const std::vector<std::uint64_t>& seeds, std::int64_t count, const Walk& how,
              const std::vector<spec::WantedRow>& wanted = {}) const;
  // A row for each walk, a column for each of its frames.
  image::Image strip(const Walks& walks) const;
  image::Frames frames(Walks walks) const;  // as long as the maker is there

  // Of pictures of sweep(): a frame for each step, there and back again.
  image::Frames sweep_frames(std::vector<image::Image> pictures, std::int64_t steps) const;  // likewise

  // The text fields of a picture; more: those of this kind alone; command: that makes it again.
  image::TextFields fields(const std::string& kind, image::TextFields more, const std::string& command) const;

 private:
  image::GridStyle style(std::int64_t rows, std::int64_t columns) const;
  image::Captions captions_of(const std::vector<std::string>& texts) const;  // of enlarged pictures

  double truncation_;
  std::int64_t scale_;
  Sampler sampler_;
};

inline constexpr std::int64_t kMaxSheetBytes = std::int64_t{1} << 30;  // of pixels

// Rows and columns of a nearly square sheet.
config::Grid square_grid(std::int64_t pictures);

}  // namespace facegan::infer
