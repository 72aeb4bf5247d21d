// Any pictures: a folder with all below it, or an archive.
#include "data/pictures.h"

namespace facegan::data {

std::unique_ptr<Dataset> open_folder(const DatasetOptions& options) {
  return open_pictures(options);
}

}  // namespace facegan::data
