// Settings that do not go together, though each is right by itself.
#include "config/together.h"

#include <algorithm>

#include "config/conditioned.h"
#include "config/partners.h"
#include "facegan/config/options.h"
#include "facegan/core/clock.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/spec/filter.h"

namespace facegan::config {
namespace {

using core::str;

// The form of --where; whether the data set has what it asks for shows when that is opened.
void check_where(const Resolved& resolved) {
  try {
    spec::Filter filter(resolved.config.where);
  } catch (const Error& error) {
    const std::string& source = resolved.sources.at("where");
    throw Error(error.kind(), source.starts_with("flag ") ? error.what() : str(source, ": ", error.what()));
  }
}

bool fits(Config config, core::Size size) {
  config.size = size;
  try {
    build_networks(config);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// The nearest sizes that these networks can make, as far as they are found at once: layer lists of a stranger
// may take long to build, and there are a thousand sizes. Of what is not square: sides that can be halved
// often.
std::vector<std::string> sizes_that_fit(const Config& config) {
  constexpr double kPatience_s = 0.5;  // each way
  const Option& range = *find_option("size");
  const auto is_size = [&](const core::Size& size) {
    return static_cast<double>(size.shorter()) >= range.low &&
           static_cast<double>(size.longer()) <= range.high;
  };
  std::vector<std::string> sizes;
  if (!config.size.is_square()) {
    for (const std::int64_t step : {16, 8}) {
      const auto nearest = [&](std::int64_t side) { return (side + step / 2) / step * step; };
      const core::Size size(nearest(config.size.width), nearest(config.size.height));
      if (is_size(size) && fits(config, size) &&
          std::find(sizes.begin(), sizes.end(), size.text()) == sizes.end())
        sizes.push_back(size.text());
    }
    return sizes;
  }
  for (const std::int64_t step : {-1, 1}) {
    const double until_s = core::now_s() + kPatience_s;
    core::Size size = config.size.width + step;
    while (is_size(size) && core::now_s() < until_s && !fits(config, size)) size = size.width + step;
    if (is_size(size) && core::now_s() < until_s) sizes.push_back(size.text());
  }
  return sizes;
}

// "; the sizes 64 and 128 would do"
std::string sizes_nearby(const Config& config) {
  const std::vector<std::string> sizes = sizes_that_fit(config);
  if (sizes.empty()) return "";
  return str(sizes.size() > 1 ? "; the sizes " : "; the size ", core::join(sizes, " and "), " would do");
}

void check_loss(const Config& config) {
  if (spec::find_loss(config.loss).has_labels) return;
  std::vector<std::string> with_labels;
  for (const auto& loss : spec::losses())
    if (loss.has_labels) with_labels.emplace_back(loss.name);
  const std::string last = with_labels.back();
  with_labels.pop_back();
  for (const char* key : {"label_smoothing", "label_flip"})
    if (get_option(config, *find_option(key)) != "0")
      throw Error(ErrorKind::usage, str(key, " has no meaning for the loss ", config.loss,
                                        ", which has no labels; leave it out, or take ",
                                        core::join(with_labels, ", "), " or ", last));
}

// Both networks; when they do not fit, also what was asked of them outside the file that holds them.
void check_networks(const Resolved& resolved) {
  try {
    build_networks(resolved.config);
  } catch (const Error& error) {
    std::vector<std::string> asked;
    for (const char* key : {"size", "channels", "width", "z"}) {
      const std::string& source = resolved.sources.at(key);
      if (source.starts_with("flag ") || source.starts_with("environment "))
        asked.push_back(str(source, " ", get_option(resolved.config, *find_option(key))));
    }
    throw Error(error.kind(), error.what() +
                                  (asked.empty() ? "" : " (with " + core::join(asked, ", ") + ")") +
                                  sizes_nearby(resolved.config));
  }
}

void check_evaluation(const Config& config) {
  const auto figures = parse_figures(config.evaluate);
  const bool nearest = std::find(figures.begin(), figures.end(), "nearest") != figures.end();
  if (nearest && config.evaluate_every != "0" && config.hold_out == "0")
    throw Error(ErrorKind::usage,
                "evaluate nearest compares with pictures that did not train: add --hold-out 5%");
}

void check_augmentation(const Config& config) {
  if (config.augment == "off" || config.augment_p != "auto" || config.hold_out != "0") return;
  if (!spec::find_loss(config.loss).middle_tells)
    throw Error(ErrorKind::usage,
                str("augment_p auto with the loss ", config.loss,
                    " looks at pictures that did not train: add --hold-out 5%, or set --augment-p 0.3"));
}

}  // namespace

// A grid is decoded again for the animation, and a GIF has at most 65,535 pixels a side.
void check_grid(const Config& config) {
  constexpr double kMaxPixels = 1e8, kMaxSide = 65000;
  const Grid grid = parse_grid(config.grid);
  const std::int64_t margin = config.grid_margin;
  const auto length = [&](std::int64_t cells, std::int64_t side) {
    return static_cast<double>(cells * (side * config.grid_scale + margin) + margin);
  };
  const double width = length(grid.columns, config.size.width),
               height = length(grid.rows, config.size.height);
  if (width * height > kMaxPixels || width > kMaxSide || height > kMaxSide)
    throw Error(ErrorKind::usage,
                str("a grid of ", config.grid, " pictures of ", config.size.text(), " pixels, enlarged ",
                    config.grid_scale, " times, with margins of ", margin,
                    " is over 100,000,000 pixels or 65,000 a side; lower --grid, --grid-scale or --size"));
}

void check_batch(const Config& config) {
  if (config.batch % config.accumulate != 0)
    throw Error(ErrorKind::usage, str("accumulate ", config.accumulate, " does not divide batch ",
                                      config.batch, "; take a batch of equal parts"));
}

void check_together(const Resolved& resolved, bool needs_networks) {
  check_loss(resolved.config);
  check_batch(resolved.config);
  check_grid(resolved.config);
  check_where(resolved);
  check_evaluation(resolved.config);
  check_augmentation(resolved.config);
  check_partners(resolved);
  check_condition(resolved.config);
  if (resolved.config.epochs == 0 && resolved.config.max_time == "0")
    throw Error(ErrorKind::usage, "epochs auto needs a time that they are to fit into: add --max-time 10m");
  if (needs_networks) check_networks(resolved);
}

}  // namespace facegan::config
