// The table of layer kinds, in the order of the documentation. nn/forward.cpp has the function of each row.
#include "spec/layers.h"

#include <iterator>

#include "facegan/core/text.h"

namespace facegan::spec {

using core::str;

[[noreturn]] void refuse(const std::string& why) {
  throw why;
}

void same_shape(Layer& layer) {
  layer.out = layer.in;
}

Shape as_image(const Shape& in) {
  return in.size() == 1 ? Shape{in[0], 1, 1} : in;
}

void require_image(const Layer& layer) {
  if (layer.in.size() != 3)
    refuse(str("needs a picture (channels x height x width), but gets ", shape_text(layer.in),
               "; put 'reshape' before it"));
}

std::int64_t product(std::initializer_list<std::int64_t> factors) {
  std::int64_t value = 1;
  for (auto f : factors)
    if (__builtin_mul_overflow(value, f, &value)) return INT64_MAX;
  return value;
}

std::int64_t slides(const Layer& layer, std::int64_t kernel, std::int64_t cells, std::int64_t padding) {
  const std::int64_t room = cells + padding - kernel;
  if (room < 0) refuse(str("a kernel of ", kernel, " does not fit into the input ", shape_text(layer.in)));
  return room;
}

std::string tensor_of(const Layer& layer, const char* name) {
  return str(layer.path, ".", name);
}

Operation operation_of(const Layer& layer, const char* name, std::vector<int> inputs, const Taken& taken) {
  Operation made = Lowering::operation(name, std::move(inputs), layer.out);
  for (const char* tensor : taken.tensors) made.tensors[tensor] = tensor_of(layer, tensor);
  for (const char* number : taken.numbers) made.numbers[number] = layer.real(number);
  for (const char* word : taken.words) made.words[word] = layer.word(word);
  return made;
}

Lower lowered_as(const char* name, Taken taken) {
  return [name, taken = std::move(taken)](Lowering& lowering, const Layer& layer, int in) {
    return lowering.add(operation_of(layer, name, {in}, taken));
  };
}

int leave(Lowering&, const Layer&, int in) {
  return in;
}

const std::vector<LayerKind>& layer_kinds() {
  static const std::vector<LayerKind> kinds = [] {
    std::vector<LayerKind> all;
    for (auto family : {product_layers, value_layers, shaping_layers, condition_layers}) {
      auto rows = family();
      all.insert(all.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    }
    return all;
  }();
  return kinds;
}

void for_each_layer(const std::vector<Layer>& layers, const std::function<void(const Layer&)>& visit) {
  for (const Layer& layer : layers) {
    visit(layer);
    for (const auto& [name, branch] : layer.branches) for_each_layer(branch, visit);
  }
}

}  // namespace facegan::spec
