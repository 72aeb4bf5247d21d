#include "config/forms.h"

#include <algorithm>
#include <charconv>

#include "facegan/config/config.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/spec/condition.h"
#include "facegan/spec/metrics.h"

namespace facegan::config {
namespace {

using core::str;

constexpr std::int64_t kMaxGrid = 64;

bool read_grid(const std::string& text, Grid& grid) {
  const auto cross = text.find('x');
  return cross != std::string::npos && core::parse_integer(text.substr(0, cross), grid.rows) &&
         core::parse_integer(text.substr(cross + 1), grid.columns) && grid.rows >= 1 &&
         grid.rows <= kMaxGrid && grid.columns >= 1 && grid.columns <= kMaxGrid;
}

bool read_color(const std::string& text, Color& color) {
  const std::string hex = text == "white"         ? "ffffff"
                          : text == "black"       ? "000000"
                          : text == "gray"        ? "808080"
                          : text.starts_with('#') ? text.substr(1)
                                                  : "";
  unsigned value = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  color = {static_cast<unsigned char>(value >> 16), static_cast<unsigned char>(value >> 8),
           static_cast<unsigned char>(value)};
  return hex.size() == 6 && error == std::errc() && end == hex.data() + hex.size();
}

bool read_gif(const std::string& text, GifRule& rule) {
  constexpr std::string_view kEvery = "every ";
  rule.kind = text == "auto"   ? GifRule::automatic
              : text == "all"  ? GifRule::all
              : text == "sqrt" ? GifRule::sqrt
                               : GifRule::every;
  if (rule.kind != GifRule::every) return true;
  return text.starts_with(kEvery) && core::parse_integer(text.substr(kEvery.size()), rule.n) && rule.n >= 1;
}

// share: of all pictures, at most `count` of them, and at least so many where they are a tenth or less.
struct HoldOut {
  double share = 1;
  std::int64_t count = INT64_MAX, at_least = 0;
};

bool read_hold_out(const std::string& text, HoldOut& out) {
  if (text == "auto") {
    out = {0.05, 2000, 10};  // fewer would be a figure of some faces
    return true;
  }
  if (core::parse_integer(text, out.count)) return out.count >= 0;
  out.count = INT64_MAX;
  double percent = 0;
  if (!text.ends_with('%') || !core::parse_real(text.substr(0, text.size() - 1), percent)) return false;
  out.share = percent / 100;
  return percent >= 0 && percent < 100;
}

constexpr std::int64_t kMaxEpochs = 1'000'000;

bool read_every(const std::string& text, Every& every) {
  if (core::parse_integer(text, every.epochs)) return every.epochs >= 1 && every.epochs <= kMaxEpochs;
  every.epochs = 0;
  return core::parse_time_span(text, every.seconds) && every.seconds > 0;
}

// Of a list with commas.
std::vector<std::string> names_in(const std::string& text) {
  std::vector<std::string> names = core::split(text, ',');
  for (std::string& name : names) name = core::trim(name);
  return names;
}

}  // namespace

bool is_device(const std::string& text) {
  std::int64_t index;
  return text == "auto" || text == "cpu" || text == "cuda" ||
         (text.starts_with("cuda:") && core::parse_integer(text.substr(5), index) && index >= 0 &&
          index < 64);
}

bool is_crop(const std::string& text) {
  if (text == "auto" || text == "center" || text == "whole") return true;
  std::int64_t edge[4];
  const auto parts = core::split(text, ',');
  if (parts.size() != 4) return false;
  for (int i = 0; i < 4; ++i)
    if (!core::parse_integer(core::trim(parts[i]), edge[i]) || edge[i] < 0 || edge[i] > 100000) return false;
  return edge[2] > edge[0] && edge[3] > edge[1];
}

bool is_grid(const std::string& text) {
  Grid grid;
  return read_grid(text, grid);
}

bool is_color(const std::string& text) {
  Color color;
  return read_color(text, color);
}

bool is_gif(const std::string& text) {
  GifRule rule;
  return read_gif(text, rule);
}

Grid parse_grid(const std::string& text) {
  Grid grid;
  if (!read_grid(text, grid))
    throw Error(ErrorKind::usage, str("--grid is ", kGridForm, ", not '", core::printable(text), "'"));
  return grid;
}

Color parse_color(const std::string& text) {
  Color color;
  if (!read_color(text, color))
    throw Error(ErrorKind::usage, str("--grid-color is ", kColorForm, ", not '", core::printable(text), "'"));
  return color;
}

GifRule parse_gif(const std::string& text) {
  GifRule rule;
  if (!read_gif(text, rule))
    throw Error(ErrorKind::usage, str("--gif is ", kGifForm, ", not '", core::printable(text), "'",
                                      core::did_you_mean(text, {"auto", "all", "sqrt"})));
  return rule;
}

bool is_hold_out(const std::string& text) {
  HoldOut out;
  return read_hold_out(text, out);
}

std::uint64_t parse_hold_out(const std::string& text, std::uint64_t pictures) {
  HoldOut out;
  if (!read_hold_out(text, out))
    throw Error(ErrorKind::usage, str("--hold-out is ", kHoldOutForm, ", not '", core::printable(text), "'"));
  const auto share = static_cast<std::uint64_t>(out.share * static_cast<double>(pictures) + 1e-9);
  return std::max(std::min(static_cast<std::uint64_t>(out.count), share),
                  std::min(static_cast<std::uint64_t>(out.at_least), pictures / 10));
}

bool is_every(const std::string& text) {
  Every every;
  return read_every(text, every);
}

bool is_every_or_never(const std::string& text) {
  return text == "0" || is_every(text);
}

std::vector<std::string> parse_figures(const std::string& text) {
  return names_in(text);
}

bool needs_features(const std::vector<std::string>& figures) {
  const std::vector<std::string> of_features = names_of(spec::feature_figures());
  return std::find_first_of(figures.begin(), figures.end(), of_features.begin(), of_features.end()) !=
         figures.end();
}

// The first one has to tell the better of two checkpoints.
bool is_figures(const std::string& text) {
  const std::vector<std::string> names = parse_figures(text);
  std::vector<std::string> known = names_of(spec::figures());
  const std::vector<std::string> of_features = names_of(spec::feature_figures());
  known.insert(known.end(), of_features.begin(), of_features.end());
  const auto first = names.empty() ? std::nullopt : spec::find_metric(names.front());
  return first && first->facts().better != spec::Better::none &&
         std::all_of(names.begin(), names.end(), [&](const std::string& name) {
           return std::find(known.begin(), known.end(), name) != known.end();
         });
}

bool is_feature_network(const std::string& text) {
  return !text.empty() && text != "d";
}

bool is_rank_timeout(const std::string& text) {
  double seconds = 0;
  return core::parse_time_span(text, seconds) && seconds >= 2 && seconds <= 24 * 3600;
}

bool is_time_limit(const std::string& text) {
  double seconds;
  return text == "0" || core::parse_time_span(text, seconds);
}

bool is_half_life(const std::string& text) {
  std::int64_t pictures = 0;
  return text == "off" || (core::parse_integer(text, pictures) && pictures >= 1);
}

std::int64_t parse_half_life(const std::string& text) {
  std::int64_t pictures = 0;
  if (!is_half_life(text))
    throw Error(ErrorKind::usage, core::str("'", core::printable(text), "' is not ", kHalfLifeForm));
  core::parse_integer(text, pictures);
  return pictures;
}

std::vector<std::string> parse_augmentation(const std::string& text) {
  return text == "off" ? std::vector<std::string>{} : names_in(text);
}

bool is_augmentation(const std::string& text) {
  const auto known = names_of(spec::augmentations());
  const auto names = parse_augmentation(text);
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::count(names.begin(), names.end(), name) == 1 &&
           std::find(known.begin(), known.end(), name) != known.end();
  });
}

std::vector<std::string> parse_condition(const std::string& text) {
  return text == "none" ? std::vector<std::string>{} : names_in(text);
}

bool is_condition(const std::string& text) {
  constexpr std::size_t kMostAttributes = 64;
  const auto names = parse_condition(text);
  return names.size() <= kMostAttributes &&
         std::all_of(names.begin(), names.end(), [&](const std::string& name) {
           const bool is_other = name == "none" || spec::is_class_condition(name);
           return !name.empty() && std::count(names.begin(), names.end(), name) == 1 &&
                  (!is_other || names.size() == 1);
         });
}

bool is_probability(const std::string& text) {
  double value = 0;
  return text == "auto" || (core::parse_real(text, value) && value >= 0 && value <= 1);
}

std::optional<double> parse_probability(const std::string& text) {
  if (!is_probability(text))
    throw Error(ErrorKind::usage, core::str("'", core::printable(text), "' is not ", kProbabilityForm));
  if (text == "auto") return {};
  double value = 0;
  core::parse_real(text, value);
  return value;
}

bool is_checksum_or_none(const std::string& text) {
  return text.empty() ||
         (text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos);
}

Every parse_every(const std::string& text) {
  Every every;
  if (!read_every(text, every))
    throw Error(ErrorKind::usage, core::str("'", core::printable(text), "' is not ", kEveryForm));
  return every;
}

std::optional<Every> parse_every_or_never(const std::string& text) {
  if (text == "0") return {};
  return parse_every(text);
}

double parse_time_limit(const std::string& text) {
  double seconds = 0;
  if (text != "0" && !core::parse_time_span(text, seconds))
    throw Error(ErrorKind::usage, core::str("'", core::printable(text), "' is not ", kTimeLimitForm));
  return seconds;
}

}  // namespace facegan::config
