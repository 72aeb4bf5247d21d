#include "facegan/spec/catalogue.h"

namespace facegan::spec {

const std::vector<Named>& datasets() {
  static const std::vector<Named> rows = {
      {"faces", "portraits drawn by the program from a seed; needs no files"},
      {"celeba", "CelebA, aligned and cropped: img_align_celeba/ or img_align_celeba.zip"},
      {"lfw", "Labeled Faces in the Wild: lfw.tgz or a folder with one folder per person"},
      {"mnist", "MNIST, Fashion-MNIST and other idx files of pictures, gzipped or not"},
      {"folder", "any folder, .zip, .tar or .tar.gz of pictures"},
  };
  return rows;
}

const std::vector<Named>& losses() {
  static const std::vector<Named> rows = {
      {"bce",
       "binary cross-entropy with logits; G maximises log D(G(z)) (Goodfellow et al. 2014, section 3)"},
  };
  return rows;
}

const std::vector<Named>& update_orders() {
  static const std::vector<Named> rows = {
      {"alternating", "D on real and generated pictures, update, then G through the updated D"},
      {"simultaneous", "the gradients of D and G at the same weights, then both updates"},
  };
  return rows;
}

const std::vector<Named>& initialisers() {
  static const std::vector<Named> rows = {
      {"dcgan", "weights N(0, 0.02), batch-norm scale N(1, 0.02), all else 0 (Radford et al. 2015)"},
      {"glorot",
       "weights uniform within sqrt(6 / (fan_in + fan_out)), batch-norm scale 1, all else 0 (Keras)"},
  };
  return rows;
}

std::vector<std::string> names_of(const std::vector<Named>& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

}  // namespace facegan::spec
