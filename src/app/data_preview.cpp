// facegan data preview: a grid of pictures as the networks get them, as a run's samples/real.png.
#include "app/data_config.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/train/real_grid.h"

namespace facegan::app {

int run_data_preview(const Invocation& invocation) {
  const config::Config config = resolve_data(invocation);
  const core::fs::path path = invocation.text("out", core::str("preview_", config.dataset, ".png"));
  if (path.extension() != ".png")
    throw Error(ErrorKind::usage, core::str("--out ", core::printable(path.string()), " must end in .png"));
  const auto dataset = data::open_dataset(data::dataset_options(config));
  const std::string png = train::real_grid_png(*dataset, config);
  if (path.has_parent_path()) core::make_folder(path.parent_path());
  core::write_file_atomic(path, png);
  core::print(path.string());
  return 0;
}

}  // namespace facegan::app
