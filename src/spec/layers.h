#pragma once
// The rows of the table of layer kinds, by family, each beside the function that says what the kind makes of
// its input: output shape, tensors and cost. These throw std::string with what is wrong.
#include <initializer_list>

#include "facegan/spec/network.h"
#include "facegan/spec/program.h"

namespace facegan::spec {

std::vector<LayerKind> product_layers();    // dense, conv, ...: weights times values
std::vector<LayerKind> value_layers();      // norms and activations: the shape stays
std::vector<LayerKind> shaping_layers();    // shapes and paths
std::vector<LayerKind> condition_layers();  // what pictures are told to show

// ---- what they share --------------------------------------------------------------------------

inline constexpr double kMaxWidth = 65536, kMaxSide = 64;

[[noreturn]] void refuse(const std::string& why);
void same_shape(Layer& layer);
// [F] counts as [F, 1, 1] where an image is needed.
Shape as_image(const Shape& in);
void require_image(const Layer& layer);
// Costs are for estimates: too large a product stays at the largest number.
std::int64_t product(std::initializer_list<std::int64_t> factors);
// Cells over which a kernel slides, padding included.
std::int64_t slides(const Layer& layer, std::int64_t kernel, std::int64_t cells, std::int64_t padding);

// One operation of the shape of its layer: with these of its tensors, numbers and words.
struct Taken {
  std::vector<const char*> tensors = {}, numbers = {}, words = {};
};
using Lower = std::function<int(Lowering&, const Layer&, int)>;
Operation operation_of(const Layer& layer, const char* name, std::vector<int> inputs,
                       const Taken& taken = {});
Lower lowered_as(const char* name, Taken taken = {});
std::string tensor_of(const Layer& layer, const char* name);  // "3.weight"
int leave(Lowering& lowering, const Layer& layer, int in);    // what does nothing outside training

}  // namespace facegan::spec
