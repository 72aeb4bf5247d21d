// The contact sheet of `score`.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/look/score.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/image/caption.h"
#include "facegan/infer/picture_maker.h"
#include "facegan/run/grid_style.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

using core::str;
constexpr std::int64_t kLeastSide = 64;    // smaller pictures are enlarged: a number fits below them
constexpr std::int64_t kCaptionRoom = 40;  // pixels, more than a caption takes

std::int64_t scale_of(const config::Config& config) {
  return std::max(config.grid_scale, (kLeastSide + config.size.width - 1) / config.size.width);
}

image::Image enlarged(const image::Image& picture, std::int64_t scale) {
  return image::make_grid({picture},
                          {.rows = 1, .columns = 1, .margin = 0, .scale = static_cast<int>(scale)});
}

std::string label(const Scored& scored, const infer::Scorer& scorer, const std::string& kind) {
  char logit[32];
  std::snprintf(logit, sizeof logit, "%.4g", scored.logit);
  const std::string text =
      scorer.has_probability() ? core::fixed_text(scorer.probability(scored.logit), 3) : logit;
  return kind.empty() ? text : str(kind, " ", text);
}

}  // namespace

ScoreSheet::ScoreSheet(const std::string& path, std::size_t count, const config::Config& config,
                       const std::string& hash)
    : path_(path), config_(config), hash_(hash) {
  if (path.empty()) return;
  if (!is_png(path_))
    throw Error(ErrorKind::usage, str("--sheet ", core::printable(path), " must end in .png"));
  const auto length = [&](std::int64_t side) {
    return side * scale_of(config) + config.grid_margin + kCaptionRoom;
  };
  const std::int64_t cell = length(config.size.width) * length(config.size.height);
  if (static_cast<std::int64_t>(count) > infer::kMaxSheetBytes / (cell * config.channels))
    throw Error(ErrorKind::usage, str("a sheet of ", count, " pictures is too large; score fewer at a time"));
}

void ScoreSheet::write(const std::vector<Scored>& sorted, const infer::Scorer& scorer,
                       const std::vector<std::string>& kinds, bool quiet) const {
  std::vector<image::Image> pictures;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    pictures.push_back(enlarged(sorted[i].picture, scale_of(config_)));
    labels.push_back(label(sorted[i], scorer, kinds.empty() ? "" : kinds[i]));
  }
  image::GridStyle style =
      run::grid_style(config_, infer::square_grid(static_cast<std::int64_t>(sorted.size())));
  style.scale = 1;       // done above, before the captions
  style.invert = false;  // as D saw them
  const image::Captions captions(pictures.at(0).width, std::move(labels), style.margin_color);
  for (std::size_t i = 0; i < pictures.size(); ++i) pictures[i] = captions.below(pictures[i], i);
  save_output(path_,
              image::encode_png(image::make_grid(pictures, style),
                                run::text_fields(config_, run::kKindScores, {{run::kFieldHash, hash_}})));
  if (quiet)
    core::log_info("wrote ", core::printable(path_.string()));
  else
    core::print(path_.string());
}

void sort_scored(std::vector<Scored>& scored) {
  const auto key = [](const Scored& s) { return std::isnan(s.logit) ? -INFINITY : s.logit; };
  std::stable_sort(scored.begin(), scored.end(),
                   [&](const Scored& a, const Scored& b) { return key(a) > key(b); });
}

}  // namespace facegan::app
