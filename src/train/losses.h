#pragma once
// The loss table: what D and G minimise, as functions of D's logits [N]. One row per loss.
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace facegan::train {

struct Loss {
  const char* name;                                // as in spec/catalogue.h
  at::Tensor (*d_real)(const at::Tensor& logits);  // D's loss on training pictures, a scalar
  at::Tensor (*d_fake)(const at::Tensor& logits);  // D's loss on generated pictures
  at::Tensor (*g_fake)(const at::Tensor& logits);  // G's loss
};

const std::vector<Loss>& losses();
const Loss& find_loss(const std::string& name);

}  // namespace facegan::train
