#include "config/partners.h"

#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::config {
namespace {

struct Partner {
  const char* key;
  bool (*works)(const Config& config);
  const char* missing;
};

bool augments(const Config& c) {
  return c.augment != "off";
}
bool penalises(const Config& c) {
  return c.r1 > 0 || c.r2 > 0 || c.gp > 0;
}
bool rates_fall(const Config& c) {
  return c.lr_schedule != "constant";
}
bool evaluates(const Config& c) {
  return c.stop_when_worse == 0 || c.evaluate_every != "0";
}
bool compares_features(const Config& c) {
  return needs_features(parse_figures(c.evaluate));
}

constexpr const char* kPenalty = "a penalty: add --r1, --r2 or --gp";
constexpr const char* kSchedule = "a schedule of the rates: add --lr-schedule cosine";
constexpr Partner kPartners[] = {
    {"augment_p", augments, "augmentation: add --augment translation,color"},
    {"penalty_every", penalises, kPenalty},
    {"penalty_end", penalises, kPenalty},
    {"lr_decay", rates_fall, kSchedule},
    {"lr_end", rates_fall, kSchedule},
    {"features", compares_features, "a figure in features: add --evaluate swd,kid"},
    {"stop_when_worse", evaluates, "evaluations: add --evaluate-every 1"},
};

}  // namespace

void check_partners(const Resolved& resolved) {
  for (const Partner& partner : kPartners) {
    const std::string flag = flag_name(partner.key);
    if (resolved.sources.at(partner.key) == "flag " + flag && !partner.works(resolved.config))
      throw Error(ErrorKind::usage, core::str(flag, " does nothing without ", partner.missing));
  }
}

}  // namespace facegan::config
