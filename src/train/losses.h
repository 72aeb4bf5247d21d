#pragma once
// What D and G minimise, as functions of D's logits [N]. One row per loss of spec/catalogue.h.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace facegan::train {

struct Loss {
  const char* name;  // as in spec/catalogue.h, which has the facts
  // D's loss on one set of pictures, a scalar; labels [N]: 1 = real, 0 = generated (or between). Losses
  // without labels take them for the side only.
  at::Tensor (*d_real)(const at::Tensor& logits, const at::Tensor& labels) = nullptr;
  at::Tensor (*d_fake)(const at::Tensor& logits, const at::Tensor& labels) = nullptr;
  at::Tensor (*g_fake)(const at::Tensor& logits) = nullptr;  // G's loss
  // A loss of both sets at once has these instead.
  at::Tensor (*d_pair)(const at::Tensor& real, const at::Tensor& fake) = nullptr;
  at::Tensor (*g_pair)(const at::Tensor& real, const at::Tensor& fake) = nullptr;

  at::Tensor g(const at::Tensor& real, const at::Tensor& fake) const {
    return g_pair ? g_pair(real, fake) : g_fake(fake);
  }
};

const std::vector<Loss>& losses();
const Loss& find_loss(const std::string& name);

// D's gradient at pictures, for the penalties: of logits [N] by pictures [N, C, H, W], as [N, C * H * W].
// Can be differentiated again.
at::Tensor picture_gradient(const at::Tensor& logits, const at::Tensor& pictures);
// Mescheder et al. 2018, arXiv 1801.04406, equation 9 without gamma: mean |grad|^2 / 2. Equation 10, R2, is
// the same at generated pictures.
at::Tensor r1_penalty(const at::Tensor& gradient);
// Gulrajani et al. 2017, arXiv 1704.00028, equation 3 without lambda: mean (|grad| - 1)^2.
at::Tensor gradient_penalty(const at::Tensor& gradient);

}  // namespace facegan::train
