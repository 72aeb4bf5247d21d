// CelebA, aligned and cropped: 178 x 218 JPEGs named 000001.jpg and so on.
#include "data/pictures.h"

namespace facegan::data {

std::unique_ptr<Dataset> open_celeba(const DatasetOptions& options) {
  return open_pictures(options, {"img_align_celeba", "img_align_celeba.zip"});
}

}  // namespace facegan::data
