#include "facegan/run/provenance.h"

#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::run {

image::PngText png_fields(const config::Config& config, const std::string& kind, image::PngText more) {
  image::PngText fields = {
      {kFieldSoftware, core::str("facegan ", kVersion)}, {kFieldKind, kind}, {kFieldPreset, config.preset}};
  for (auto& field : more) fields.push_back(std::move(field));
  return fields;
}

}  // namespace facegan::run
