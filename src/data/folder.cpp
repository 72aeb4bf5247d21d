// Any pictures: a folder with all below it, or an archive.
#include "data/pictures.h"

namespace facegan::data {

static constexpr const char* kLayout =
    "name a folder of pictures (all folders below it count), or a .zip, .tar or .tar.gz of them, with "
    "--data; "
    "JPEG, PNG, BMP, WebP, TIFF, PGM and PPM are read";

static std::unique_ptr<Dataset> open_folder(const DatasetOptions& options) {
  return open_pictures(options);
}

DatasetKind folder_dataset() {
  return {"folder", kLayout, "center", open_folder, nullptr, nullptr};
}

}  // namespace facegan::data
