#include <cmath>

#include "facegan/config/config.h"
#include "facegan/run/history.h"

namespace facegan::run {

std::vector<std::int64_t> gif_epochs(const std::vector<std::int64_t>& epochs, const std::string& text) {
  using config::GifRule;
  constexpr std::int64_t kMaxAll = 200;
  GifRule rule = config::parse_gif(text);
  if (epochs.empty()) return {};
  if (rule.kind == GifRule::automatic) rule.kind = epochs.back() <= kMaxAll ? GifRule::all : GifRule::sqrt;
  std::vector<std::int64_t> kept;
  double last = -1;
  for (const std::int64_t epoch : epochs) {
    if (rule.kind == GifRule::every && epoch % rule.n != 0) continue;
    const double value = std::nearbyint(2 * std::sqrt(static_cast<double>(epoch - 1)));
    if (rule.kind == GifRule::sqrt && value <= last) continue;
    last = value;
    kept.push_back(epoch);
  }
  kept.push_back(epochs.back());
  return kept;
}

}  // namespace facegan::run
