// Labeled Faces in the Wild: 250 x 250 JPEGs, PERSON/PERSON_0001.jpg.
#include "data/pictures.h"

namespace facegan::data {

std::unique_ptr<Dataset> open_lfw(const DatasetOptions& options) {
  return open_pictures(options, {"lfw.tgz", "lfw.tar.gz", "lfw.tar", "lfw.zip", "lfw"});
}

}  // namespace facegan::data
