#include "app/look/run_data.h"

#include "facegan/config/options.h"
#include "facegan/core/text.h"

namespace facegan::app {

data::DatasetOptions run_data(const Invocation& invocation, config::Config config) {
  if (invocation.text("dataset", config.dataset) != config.dataset) {
    config.data.clear(), config.where.clear();  // of the other set
    config.limit = 0, config.crop = "auto", config.hold_out = "0";
  }
  for (const char* flag : {"dataset", "data", "where", "limit", "crop"})
    if (invocation.has(flag))
      config::set_option(config, *config::find_option(flag), invocation.text(flag, ""),
                         core::str("--", flag));
  return data::dataset_options(config);
}

}  // namespace facegan::app
