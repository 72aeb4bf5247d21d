// Layers that take what a picture is told to show: a condition of classes or attributes.
#include "facegan/core/text.h"
#include "spec/layers.h"

namespace facegan::spec {
namespace {

using core::str;

void require_condition(const Layer& layer) {
  if (layer.conditions.count == 0)
    refuse("is for networks with a condition, and there is none: add --condition, or take the layer out");
}

void infer_label(Layer& layer) {
  require_condition(layer);
  if (layer.in.size() != 1)
    refuse(str("needs a flat input, but gets ", shape_text(layer.in), "; put 'flatten' before it"));
  const std::int64_t units = layer.integer("units"), count = layer.conditions.count;
  layer.out = {layer.in[0] + units};
  layer.tensors.push_back({"weight", {units, count}, Role::embedding, layer.conditions.set, units});
  layer.macs = product({units, count});
}

void infer_projection(Layer& layer) {
  require_condition(layer);
  const auto& inside = layer.branches["layers"];
  if (inside.empty()) refuse("has no layers inside");
  layer.out = inside.back().out;
  if (elements(layer.out) != 1)
    refuse(str("needs layers that end in one number, not in ", shape_text(layer.out)));
  Shape weight = layer.in;
  weight.insert(weight.begin(), layer.conditions.count);
  layer.tensors.push_back({"weight", weight, Role::projection, elements(layer.in), layer.conditions.count});
  layer.macs = elements(weight);
}

int lower_label(Lowering& lowering, const Layer& layer, int in) {
  Operation embedded = operation_of(layer, "linear", {1}, {{"weight"}});
  embedded.out = {layer.integer("units")};
  const int told = lowering.add(std::move(embedded));
  return lowering.add(operation_of(layer, "concat", {in, told}));
}

// y^T V phi(x) + psi(phi(x)); the weight [conditions, ...] as a matrix.
int lower_projection(Lowering& lowering, const Layer& layer, int in) {
  const int out = lowering.run(layer, "layers", in);
  Operation products = operation_of(layer, "linear", {in}, {{"weight"}});
  products.out = {layer.conditions.count};
  const int each = lowering.add(std::move(products));
  Operation told = operation_of(layer, "mul", {each, 1});
  told.out = {layer.conditions.count};
  Operation sum = operation_of(layer, "row_sum", {lowering.add(std::move(told))});
  sum.out = {1};
  int fits = lowering.add(std::move(sum));
  if (layer.out != Shape{1}) fits = lowering.add(operation_of(layer, "reshape", {fits}));
  return lowering.add(operation_of(layer, "add", {out, fits}));
}

}  // namespace

std::vector<LayerKind> condition_layers() {
  return {
      {"label",
       "adds what is learned of the condition to a flat input, as more numbers",
       {{"units", ParameterType::integer, 1, kMaxWidth, "8", "how many"}},
       infer_label,
       lower_label},
      {"projection",
       "what its layers make of the input, and how well that fits the condition, by a product of both "
       "(Miyato, Koyama 2018)",
       {{"layers", ParameterType::layers, 0, 0, nullptr, "layers that end in one number"}},
       infer_projection,
       lower_projection},
  };
}

}  // namespace facegan::spec
