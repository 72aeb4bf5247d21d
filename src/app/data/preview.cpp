// facegan data preview: a grid of pictures as the networks get them, as a run's samples/real.png.
#include "app/data/config.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/train/real_grid.h"

namespace facegan::app {

int run_data_preview(const Invocation& invocation) {
  const config::Config config = resolve_data(invocation);
  const core::fs::path path = invocation.text("out", core::str("preview_", config.dataset, ".png"));
  if (!is_png(path))
    throw Error(ErrorKind::usage, core::str("--out ", core::printable(path.string()), " must end in .png"));
  const auto dataset = data::open_dataset(data::dataset_options(config));
  write_output(path, train::real_grid(*dataset, config).png);
  return 0;
}

}  // namespace facegan::app
