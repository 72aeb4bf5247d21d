#include "app/train/settled.h"

#include <filesystem>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/spec/catalogue.h"

namespace facegan::app {

void settle_data(config::Config& config) {
  const bool reads_files = spec::find_dataset(config.dataset).reads_files;
  if (config.data.empty() && reads_files) config.data = data::usual_place(config.dataset).string();
  if (!config.data.empty()) config.data = std::filesystem::absolute(config.data).lexically_normal().string();
  if (!core::is_utf8(config.data))
    throw Error(ErrorKind::usage,
                core::str("--data ", core::printable(config.data),
                          " is not UTF-8 and could not be found again by a resume; rename it, or name "
                          "a link to it"));
}

}  // namespace facegan::app
