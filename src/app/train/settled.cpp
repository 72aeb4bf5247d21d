#include "app/train/settled.h"

#include <filesystem>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/infer/features.h"
#include "facegan/run/folder.h"
#include "facegan/spec/catalogue.h"

namespace facegan::app {
namespace {

// As a resume, from wherever it is called, finds it again.
std::string absolute_path(const std::string& path, const char* flag) {
  const std::string whole = std::filesystem::absolute(path).lexically_normal().string();
  if (!core::is_utf8(whole))
    throw Error(ErrorKind::usage,
                core::str(flag, " ", core::printable(whole),
                          " is not UTF-8 and could not be found again by a resume; rename it, or name "
                          "a link to it"));
  return whole;
}

}  // namespace

void settle_data(config::Config& config) {
  const bool reads_files = spec::find_dataset(config.dataset).reads_files;
  if (config.data.empty() && reads_files) config.data = data::usual_place(config.dataset).string();
  if (!config.data.empty()) config.data = absolute_path(config.data, "--data");
}

void settle_features(config::Config& config, bool are_needed) {
  if (config.features != "lite0") config.features = absolute_path(config.features, "--features");
  // Told before a run is begun.
  if (are_needed && config.features == "lite0" &&
      config::needs_features(config::parse_figures(config.evaluate)))
    infer::lite0_weights();
}

void settle_start(config::Config& config) {
  if (config.init_from.empty()) return;
  const run::Loaded loaded = run::load_from(config.init_from);
  config.init_from = absolute_path(loaded.path.string(), "--init-from");
  if (config.init_from_hash.empty()) config.init_from_hash = loaded.text(core::kChecksumKey);
}

}  // namespace facegan::app
