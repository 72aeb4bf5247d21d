#include <cmath>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/report/sinks.h"

namespace facegan::report {

std::vector<std::int64_t> gif_epochs(const std::vector<std::int64_t>& epochs, const std::string& rule) {
  if (rule != "all" && rule != "sqrt" && rule != "auto")
    throw Error(ErrorKind::usage,
                core::str("unknown GIF rule '", core::printable(rule), "', known are all, sqrt and auto",
                          core::did_you_mean(rule, {"all", "sqrt", "auto"})));
  if (epochs.empty()) return {};
  constexpr std::int64_t kMaxAll = 200;
  const bool all = rule == "all" || (rule == "auto" && epochs.back() <= kMaxAll);
  std::vector<std::int64_t> kept;
  double last = -1;
  for (const std::int64_t epoch : epochs) {
    const double value = std::nearbyint(2 * std::sqrt(static_cast<double>(epoch - 1)));
    if (!all && value <= last) continue;
    last = value;
    kept.push_back(epoch);
  }
  kept.push_back(epochs.back());
  return kept;
}

}  // namespace facegan::report
