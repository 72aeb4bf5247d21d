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
      {"minimax", "D as in bce; G minimises log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1)"},
      {"lsgan", "least squares with targets 1 and 0 (Mao et al. 2017, equation 9)"},
      {"hinge", "D wants logits beyond 1 and -1; G large ones (Lim, Ye 2017; Miyato et al. 2018)"},
      {"wgan-gp",
       "difference of the mean logits, with the gradient penalty gp, 10 unless set (Gulrajani et al. 2017)"},
      {"relativistic",
       "bce of the difference between a real and a generated picture's logit (Jolicoeur-Martineau 2019)"},
  };
  return rows;
}

const std::vector<Named>& update_orders() {
  static const std::vector<Named> rows = {
      {"alternating",
       "D on real and on generated pictures, update, then G on the same latents through the updated D"},
      {"simultaneous", "the gradients of D and G at the same weights, then both updates"},
      {"concatenated",
       "D on one batch of generated (G in inference mode) and real pictures, update, then G on fresh latents "
       "through D, whose batch norms use running statistics (Keras' frozen model)"},
  };
  return rows;
}

const std::vector<Named>& initialisers() {
  static const std::vector<Named> rows = {
      {"normal", "weights N(0, 0.02), norm scales N(1, 0.02) (Radford et al. 2015)"},
      {"glorot_uniform", "weights uniform within sqrt(6 / (fan_in + fan_out)) (Glorot, Bengio 2010; Keras)"},
      {"he", "weights N(0, sqrt(2 / fan_in)) (He et al. 2015)"},
      {"orthogonal", "weights, as matrices, with orthonormal rows or columns (Saxe et al. 2014)"},
  };
  return rows;
}

bool loss_has_labels(const std::string& loss) {
  return loss == "bce" || loss == "minimax" || loss == "lsgan";
}

std::vector<std::string> names_of(const std::vector<Named>& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.emplace_back(row.name);
  return names;
}

}  // namespace facegan::spec
