#include "facegan/spec/catalogue.h"

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::spec {
namespace {

template <class Row>
const Row& find(const std::vector<Row>& rows, const char* what, std::string_view name) {
  for (const Row& row : rows)
    if (name == row.name) return row;
  throw Error(ErrorKind::usage, core::str("unknown ", what, " '", core::printable(name), "'",
                                          core::did_you_mean(name, names_of(rows))));
}

}  // namespace

const std::vector<DatasetFacts>& datasets() {
  static const std::vector<DatasetFacts> rows = {
      {{"faces", "portraits drawn by the program from a seed; needs no files"},
       false,
       false,
       "faces",
       "attributes"},
      {{"celeba", "CelebA, aligned and cropped: img_align_celeba/ or img_align_celeba.zip"},
       true,
       true,
       "faces",
       "attributes"},
      {{"lfw", "Labeled Faces in the Wild: lfw.tgz or a folder with one folder per person"},
       true,
       true,
       "faces",
       ""},
      {{"mnist",
        "MNIST, Fashion-MNIST, EMNIST and others: idx files, npz, csv or folders 0 to 9 of pictures"},
       true,
       true,
       "mnist",
       "digit"},
      {{"folder", "any folder, .zip or .tar (.gz, .bz2, .xz, .zst) of pictures"}, true, false, "faces", "folder"},
  };
  return rows;
}

// Cohen, Afshar, Tapson, van Schaik 2017; the files emnist-*-mapping.txt. bymerge and balanced take a small
// letter for its capital where the two look alike.
const std::vector<MnistSetFacts>& mnist_sets() {
  constexpr const char* kDigits = "0123456789";
  constexpr const char* kMerged = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt";
  static const std::vector<MnistSetFacts> rows = {
      {{"auto", "the set that there is; of EMNIST the only one"}, kDigits, 0},
      {{"digits", "EMNIST: 240,000 digits to train on"}, kDigits, 0},
      {{"letters", "EMNIST: 124,800 letters, of either case"}, "abcdefghijklmnopqrstuvwxyz", 1},
      {{"balanced", "EMNIST: 112,800 characters of 47 classes, as many of each"}, kMerged, 0},
      {{"byclass", "EMNIST: 697,932 characters of 62 classes"},
       "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
       0},
      {{"bymerge", "EMNIST: 697,932 characters of 47 classes"}, kMerged, 0},
      {{"mnist", "EMNIST: 60,000 digits, as MNIST has them"}, kDigits, 0},
  };
  return rows;
}

const std::vector<LossFacts>& losses() {
  static const std::vector<LossFacts> rows = {
      {{"bce",
        "binary cross-entropy with logits; G maximises log D(G(z)) (Goodfellow et al. 2014, section 3)"},
       /*has_labels=*/true},
      {{"minimax", "D as in bce; G minimises log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1)"},
       /*has_labels=*/true},
      {{"lsgan", "least squares with targets 1 and 0 (Mao et al. 2017, equation 9)"},
       /*has_labels=*/true,
       Output::probability,  // the best D of Mao et al. 2016: p_real / (p_real + p_fake)
       /*middle=*/0.5,
       /*middle_tells=*/true,
       /*compares=*/false,
       /*gp=*/0,
       "the output is no logit: it is the probability itself, cut to 0..1, with 0.5 between"},
      {{"hinge", "D wants logits beyond 1 and -1; G large ones (Lim, Ye 2017; Miyato et al. 2018)"},
       /*has_labels=*/false,
       Output::score,
       /*middle=*/0,
       /*middle_tells=*/true,
       /*compares=*/false,
       /*gp=*/0,
       "the output is a margin, no logit: its sign calls a picture real or generated, the probability (its "
       "sigmoid) only orders"},
      {{"wgan-gp",
        "difference of the mean logits, with the gradient penalty gp, 10 unless set (Gulrajani et al. 2017)"},
       /*has_labels=*/false,
       Output::score,
       /*middle=*/0,
       /*middle_tells=*/false,
       /*compares=*/false,
       /*gp=*/10,
       "the output is a critic's score, no logit: it has no zero, so only order and differences mean "
       "something, not the probability (its sigmoid) or the accuracy"},
      {{"relativistic",
        "bce of the difference between a real and a generated picture's logit (Jolicoeur-Martineau 2019)"},
       /*has_labels=*/false,
       Output::score,
       /*middle=*/0,
       /*middle_tells=*/false,
       /*compares=*/true,
       /*gp=*/0,
       "only differences were learned: sigmoid(a - b) is the probability that a is the realer of two; the "
       "zero is anywhere, so the probability of one picture only orders"},
  };
  return rows;
}

const std::vector<UpdateFacts>& update_orders() {
  static const std::vector<UpdateFacts> rows = {
      {{"alternating",
        "D on real and on generated pictures, update, then G on the same latents through the updated D"}},
      {{"simultaneous", "the gradients of D and G at the same weights, then both updates"},
       /*fresh_latents=*/false,
       /*judges_again=*/false},
      {{"concatenated",
        "D on one batch of generated (G in inference mode) and real pictures, update, then G on fresh "
        "latents through D, whose batch norms use running statistics (Keras' frozen model)"},
       /*fresh_latents=*/true},
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

const std::vector<Named>& augmentations() {
  static const std::vector<Named> rows = {
      {"translation", "moved by up to an eighth of the side (Zhao et al. 2020)"},
      {"color", "another brightness, saturation and contrast (Zhao et al. 2020)"},
      {"cutout", "a square of half the side is cut out (DeVries, Taylor 2017)"},
  };
  return rows;
}

const std::vector<Named>& figures() {
  static const std::vector<Named> rows = {
      {"swd", "sliced Wasserstein distance of patches on a Laplacian pyramid (Karras et al. 2018)"},
      {"ndb", "number of statistically different bins (Richardson, Weiss 2018)"},
      {"ms_ssim", "multi-scale structural similarity of pairs (Odena et al. 2017)"},
      {"duplicates", "share of pictures with a nearly equal one"},
      {"nearest", "distance to training pictures over that of held-out ones"},
      {"appearance", "sharpness, checkerboards, colours"},
  };
  return rows;
}

const std::vector<Named>& feature_figures() {
  static const std::vector<Named> rows = {
      {"fid", "Frechet distance of normal distributions (Heusel et al. 2017)"},
      {"kid", "squared maximum mean discrepancy (Binkowski et al. 2018)"},
      {"precision", "share of generated pictures that are like real ones (Kynkaanniemi et al. 2019)"},
      {"recall", "share of real pictures that are like generated ones"},
      {"density", "how densely generated pictures lie among real ones (Naeem et al. 2020)"},
      {"coverage", "share of real pictures with a generated one nearby"},
      {"is", "inception score, by the classes that the network knows (Salimans et al. 2016)"},
  };
  return rows;
}

const DatasetFacts& find_dataset(std::string_view name) {
  return find(datasets(), "dataset", name);
}

const MnistSetFacts& find_mnist_set(std::string_view name) {
  return find(mnist_sets(), "MNIST set", name);
}

const LossFacts& find_loss(std::string_view name) {
  return find(losses(), "loss", name);
}

const UpdateFacts& find_update_order(std::string_view name) {
  return find(update_orders(), "update order", name);
}

}  // namespace facegan::spec
