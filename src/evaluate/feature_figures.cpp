// The table of figures in features.
#include <algorithm>

#include "facegan/evaluate/feature_distance.h"
#include "facegan/spec/catalogue.h"

namespace facegan::evaluate {

const std::vector<std::string>& feature_metric_names() {
  static const std::vector<std::string> names = names_of(spec::feature_figures());
  return names;
}

FeatureFigures measure_features(const Features& real, const Features& made, const Features& logits,
                                const std::vector<std::string>& metrics, std::uint64_t seed,
                                const std::function<void(const std::string&)>& progress) {
  FeatureFigures out;
  const auto wanted = [&](std::initializer_list<const char*> names) {
    const auto found = std::find_first_of(metrics.begin(), metrics.end(), names.begin(), names.end());
    if (found != metrics.end() && progress) progress(*found);
    return found != metrics.end();
  };
  if (wanted({"fid"})) out.fid = frechet_distance(real, made);
  if (wanted({"kid"})) out.kid = kernel_distance(real, made, {.seed = seed});
  if (wanted({"precision", "recall", "density", "coverage"})) out.manifold = manifold(real, made);
  if (wanted({"is"})) out.is = inception_score(logits);
  return out;
}

}  // namespace facegan::evaluate
