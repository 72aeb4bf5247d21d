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
       infer_batch_norm},
      {"instance_norm",
       "normalises each channel of each picture (Ulyanov et al. 2016)",
       {eps("1e-5")},
       infer_instance_norm},
      {"layer_norm",
       "normalises each picture as a whole; scale and shift per channel (Ba et al. 2016)",
       {eps("1e-5")},
       infer_affine_norm},
      {"pixel_norm",
       "divides each cell by the root of its mean square over channels (Karras et al. 2018)",
       {{"eps", kReal, 1e-12, 1, "1e-8", "added to the mean square"}},
       same_shape},
      {"relu", "max(x, 0)", {}, same_shape},
      {"relu6", "min(max(x, 0), 6)", {}, same_shape},
      {"leaky_relu",
       "x, or slope * x below 0",
       {{"slope", kReal, 0, 1, "0.2", "factor below 0"}},
       same_shape},
      {"tanh", "hyperbolic tangent", {}, same_shape},
      {"sigmoid", "1 / (1 + exp(-x))", {}, same_shape},
      {"elu",
       "x, or alpha * (exp(x) - 1) below 0",
       {{"alpha", kReal, 0, 10, "1", "factor below 0"}},
       same_shape},
      {"silu", "x * sigmoid(x)", {}, same_shape},
  };
}

}  // namespace facegan::spec
