#include "facegan/run/provenance.h"

#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::run {

image::TextFields text_fields(const config::Config& config, const std::string& kind, image::TextFields more) {
  image::TextFields fields = {
      {kFieldSoftware, core::str("facegan ", kVersion)}, {kFieldKind, kind}, {kFieldPreset, config.preset}};
  for (auto& field : more) fields.push_back(std::move(field));
  return fields;
}

image::TextFields history_fields(const config::Config& config) {
  return text_fields(config, kKindHistory,
                     {{kFieldSeed, core::str(config.seed)}, {kFieldDataset, config.dataset}});
}

}  // namespace facegan::run
