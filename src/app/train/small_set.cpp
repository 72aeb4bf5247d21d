#include "app/train/small_set.h"

#include <algorithm>

#include "facegan/config/options.h"
#include "facegan/config/presets.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/spec/catalogue.h"

namespace facegan::app {
namespace {

using core::str;

constexpr std::int64_t kSmall = 2000;    // pictures
constexpr std::int64_t kUsual = 10'000;  // that the epochs of presets are meant for
constexpr std::int64_t kMostEpochs = 1'000'000;
constexpr std::int64_t kPatience = 50'000;  // pictures seen without anything better ...
constexpr std::int64_t kFewestWorse = 3;    // ... and evaluations
constexpr std::int64_t kWorseByTime = 5;    // evaluations, where they come by the clock

bool is_recommended(const config::Config& config) {
  return config::find_preset(config.preset).recommended;
}

class SmallSet {
 public:
  SmallSet(config::Resolved& resolved, std::int64_t pictures)
      : config_(resolved.config), sources_(resolved.sources), pictures_(pictures) {}

  void settle() {
    mirror();
    adapt();
    lengthen();
    end_in_time();
  }

 private:
  bool is_free(const char* key) const {
    const std::string& source = sources_.at(key);
    return source == "default" || source == "preset " + config_.preset;
  }
  void set(const char* key, const std::string& value) {
    config::set_option(config_, *config::find_option(key), value, key);
    sources_[key] = str("for ", pictures_, " pictures");
  }
  void tell(const std::string& what) const {
    core::log_info("only ", core::with_thousands(pictures_), " pictures: ", what);
  }
  std::int64_t held_out() const {
    return static_cast<std::int64_t>(
        config::parse_hold_out(config_.hold_out, static_cast<std::uint64_t>(pictures_)));
  }

  void mirror() {
    if (config_.flip || !is_free("flip") || config_.dataset == "mnist" || config_.channels != 3) return;
    set("flip", "true");
    tell("half of them are mirrored (--no-flip: where left and right are not the same)");
  }

  void adapt() {
    if (config_.augment == "off" || config_.augment_p == "auto" || !is_free("augment_p")) return;
    const bool needs_held_out = !spec::find_loss(config_.loss).middle_tells;
    if (needs_held_out && held_out() == 0) return;
    set("augment_p", "auto");
    tell(
        "the probability of augmentation follows what the discriminator knows by heart (--augment-p 0.3: it "
        "stays)");
  }

  // Epochs of so few are short: what is counted in them is counted in epochs of 10,000.
  void lengthen() {
    if (config_.epochs > 0 && !is_free("epochs")) return;
    const std::int64_t times = std::max<std::int64_t>(kUsual / pictures_, 1);
    if (times == 1) return;
    std::string told = "epochs are short";
    if (config_.epochs > 0) {
      told = str(std::min(config_.epochs * times, kMostEpochs), " epochs instead of ", config_.epochs);
      set("epochs", std::to_string(std::min(config_.epochs * times, kMostEpochs)));
    }
    bool intervals = false;
    for (const char* key : {"checkpoint_every", "sample_every", "evaluate_every"}) {
      const std::string now = config::get_option(config_, *config::find_option(key));
      const auto every = config::parse_every_or_never(now);
      if (!is_free(key) || !every || every->epochs == 0) continue;
      set(key, std::to_string(std::min(every->epochs * times, kMostEpochs)));
      intervals = true;
    }
    if (intervals) told += str(", with checkpoints, grids and evaluations ", times, " times as far apart");
    tell(told + ": presets count epochs of 10,000 (with --epochs N none of this changes)");
  }

  void end_in_time() {
    const auto every = config::parse_every_or_never(config_.evaluate_every);
    if (!every || config_.stop_when_worse > 0 || !is_free("stop_when_worse")) return;
    const std::int64_t between = every->epochs * std::max<std::int64_t>(pictures_ - held_out(), 1);
    const std::int64_t worse =
        between == 0 ? kWorseByTime : std::max((kPatience + between - 1) / between, kFewestWorse);
    set("stop_when_worse", std::to_string(worse));
    tell(str("it ends after ", worse,
             " evaluations without a better one, and keeps the best (--stop-when-worse 0: "
             "it does not)"));
  }

  config::Config& config_;
  config::Sources& sources_;
  const std::int64_t pictures_;
};

}  // namespace

void settle_small_set(config::Resolved& resolved) {
  if (!is_recommended(resolved.config)) return;
  data::DatasetOptions options = data::dataset_options(resolved.config);
  options.part = data::Part::all;
  settle_small_set(resolved, static_cast<std::int64_t>(data::open_dataset(options)->size()));
}

void settle_small_set(config::Resolved& resolved, std::int64_t pictures) {
  if (!is_recommended(resolved.config) || pictures >= kSmall) return;
  SmallSet(resolved, pictures).settle();
}

}  // namespace facegan::app
