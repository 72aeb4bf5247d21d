#include "train/losses.h"

#include <ATen/ops/softplus.h>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::train {
namespace {

// Binary cross-entropy with logits: -log sigmoid(l) = softplus(-l) for label 1, softplus(l) for 0.
at::Tensor bce_one(const at::Tensor& logits) {
  return at::softplus(logits.neg()).mean();
}
at::Tensor bce_zero(const at::Tensor& logits) {
  return at::softplus(logits).mean();
}

}  // namespace

const std::vector<Loss>& losses() {
  static const std::vector<Loss> rows = {
      // Goodfellow et al. 2014, arXiv 1406.2661, section 3: G maximises log D(G(z)).
      {"bce", bce_one, bce_zero, bce_one},
  };
  return rows;
}

const Loss& find_loss(const std::string& name) {
  for (const auto& loss : losses())
    if (name == loss.name) return loss;
  throw Error(ErrorKind::usage, core::str("unknown loss '", name, "'"));
}

}  // namespace facegan::train
