// Norms and activations: the shape stays.
#include "facegan/core/text.h"
#include "spec/layers.h"

namespace facegan::spec {
namespace {

using core::str;
constexpr auto kReal = ParameterType::real;
constexpr auto kWord = ParameterType::word;

Parameter eps(const char* fallback) {
  return {"eps", kReal, 1e-12, 1, fallback, "added to the variance"};
}

void infer_affine_norm(Layer& layer) {
  layer.out = layer.in;
  const Shape channels = {layer.in[0]};
  layer.tensors = {{"weight", channels, Role::norm_scale}, {"bias", channels, Role::norm_shift}};
}

// [F]: each feature; [C, H, W]: each channel.
void infer_batch_norm(Layer& layer) {
  infer_affine_norm(layer);
  layer.tensors.push_back({"running_mean", {layer.in[0]}, Role::running_mean});
  layer.tensors.push_back({"running_var", {layer.in[0]}, Role::running_var});
}

void infer_instance_norm(Layer& layer) {
  require_image(layer);
  if (layer.in[1] * layer.in[2] == 1)
    refuse(str("cannot normalise single cells, it gets ", shape_text(layer.in)));
  infer_affine_norm(layer);
}

int lower_batch_norm(Lowering& lowering, const Layer& layer, int in) {
  Operation norm = operation_of(layer, "batch_norm", {in}, {{"weight", "bias"}, {"eps"}});
  norm.tensors["mean"] = tensor_of(layer, "running_mean");
  norm.tensors["var"] = tensor_of(layer, "running_var");
  return lowering.add(std::move(norm));
}

// Over each channel of a picture (instance norm), or over all of it (layer norm).
int lower_group_norm(Lowering& lowering, const Layer& layer, int in) {
  Operation norm = operation_of(layer, "group_norm", {in}, {{"weight", "bias"}, {"eps"}});
  const bool each = std::string(layer.kind->name) == "instance_norm";
  norm.numbers["groups"] = each ? static_cast<double>(layer.in[0]) : 1;
  return lowering.add(std::move(norm));
}

int lower_relu6(Lowering& lowering, const Layer& layer, int in) {
  Operation clamp = operation_of(layer, "clamp", {in});
  clamp.numbers = {{"low", 0}, {"high", 6}};
  return lowering.add(std::move(clamp));
}

int lower_silu(Lowering& lowering, const Layer& layer, int in) {
  const int gate = lowering.add(operation_of(layer, "sigmoid", {in}));
  return lowering.add(operation_of(layer, "mul", {in, gate}));
}

}  // namespace

std::vector<LayerKind> value_layers() {
  return {
      {"batch_norm",
       "batch normalisation of channels, or of features when the input is flat (Ioffe, Szegedy 2015)",
       {eps("1e-5"),
        {"momentum", kReal, 0, 1, "0.1",
         "share of the new batch in the running statistics (PyTorch's sense; Keras' 0.99 is 0.01)"},
        {"variance",
         kWord,
         0,
         0,
         "unbiased",
         "batch variance in the running statistics (Keras: biased)",
         {"unbiased", "biased"}}},
       infer_batch_norm,
       lower_batch_norm},
      {"instance_norm",
       "normalises each channel of each picture (Ulyanov et al. 2016)",
       {eps("1e-5")},
       infer_instance_norm,
       lower_group_norm},
      {"layer_norm",
       "normalises each picture as a whole; scale and shift per channel (Ba et al. 2016)",
       {eps("1e-5")},
       infer_affine_norm,
       lower_group_norm},
      {"pixel_norm",
       "divides each cell by the root of its mean square over channels (Karras et al. 2018)",
       {{"eps", kReal, 1e-12, 1, "1e-8", "added to the mean square"}},
       same_shape,
       lowered_as("pixel_norm", {{}, {"eps"}})},
      {"relu", "max(x, 0)", {}, same_shape, lowered_as("relu")},
      {"relu6", "min(max(x, 0), 6)", {}, same_shape, lower_relu6},
      {"leaky_relu",
       "x, or slope * x below 0",
       {{"slope", kReal, 0, 1, "0.2", "factor below 0"}},
       same_shape,
       lowered_as("leaky_relu", {{}, {"slope"}})},
      {"tanh", "hyperbolic tangent", {}, same_shape, lowered_as("tanh")},
      {"sigmoid", "1 / (1 + exp(-x))", {}, same_shape, lowered_as("sigmoid")},
      {"elu",
       "x, or alpha * (exp(x) - 1) below 0",
       {{"alpha", kReal, 0, 10, "1", "factor below 0"}},
       same_shape,
       lowered_as("elu", {{}, {"alpha"}})},
      {"silu", "x * sigmoid(x)", {}, same_shape, lower_silu},
  };
}

}  // namespace facegan::spec
