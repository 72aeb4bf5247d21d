// EfficientNet-lite0 as a list of layers. Its batch norms, which only scale and shift once it is trained, are
// part of the convolutions before them.
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <memory>

#include "checkpoint/state.h"
#include "facegan/config/yaml.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "infer/feature_models.h"
#include "nn/network.h"

namespace facegan::infer {
namespace {

using core::str;

constexpr std::int64_t kSide = 224, kClasses = 1000;
constexpr double kEps = 1e-3;                        // of its batch norms
constexpr std::size_t kChunk = 2, kChunkOfGpu = 64;  // pictures; 8 take 9 % longer on a core with AVX-512

// Stages of inverted residual blocks (Sandler et al. 2018): `expand` times the channels, a depthwise
// convolution, to the channels of the stage; all blocks but the first are residual.
struct Stage {
  int expand, kernel, stride, channels, blocks;
};
constexpr Stage kStages[] = {{1, 3, 1, 16, 1},  {6, 3, 2, 24, 2},  {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3},
                             {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}};

// Layers of a block, as a YAML list's inside.
std::string block(const Stage& stage, int from, int stride) {
  const int inner = stage.expand * from;
  const std::string expand =
      stage.expand > 1 ? str("conv: {filters: ", inner, ", kernel: 1}}, relu6, {") : "";
  return str("{", expand, "conv: {filters: ", inner, ", kernel: ", stage.kernel, ", stride: ", stride,
             ", padding: same, groups: ", inner, "}}, relu6, {conv: {filters: ", stage.channels,
             ", kernel: 1}}");
}

std::string layers() {
  std::string all = "[{conv: {filters: 32, kernel: 3, stride: 2, padding: same}}, relu6";
  int channels = 32;
  for (const Stage& stage : kStages)
    for (int i = 0; i < stage.blocks; ++i) {
      const std::string layers = block(stage, channels, i == 0 ? stage.stride : 1);
      all += i == 0 ? ", " + layers : ", {residual: {layers: [" + layers + "]}}";
      channels = stage.channels;
    }
  return all + ", {conv: {filters: 1280, kernel: 1}}, relu6, {avg_pool: {kernel: 7}}, flatten]";
}

// The names that a convolution and its batch norm have in the file, in the order of the list.
struct Names {
  std::string conv, norm;
};

std::vector<Names> names_in_file() {
  std::vector<Names> all = {{"_conv_stem", "_bn0"}};
  for (int block = 0; block < 16; ++block) {
    const std::string at = str("_blocks.", block, ".");
    if (block > 0) all.push_back({at + "_expand_conv", at + "_bn0"});
    all.push_back({at + "_depthwise_conv", at + "_bn1"});
    all.push_back({at + "_project_conv", at + "_bn2"});
  }
  all.push_back({"_conv_head", "_bn1"});
  return all;
}

// All tensors that are read, so that a file which does not fit says so before anything is computed.
struct Stored {
  std::vector<checkpoint::StateTensor> all;
  at::Tensor add(const std::string& name, at::IntArrayRef shape) {
    all.push_back({name, at::zeros(shape)});
    return all.back().tensor;
  }
};

struct FoldedConv {
  at::Tensor weight, scale, shift, mean, var;  // as stored
};

}  // namespace

bool is_lite0(const core::SafetensorsFile& file) {
  return file.find("_conv_stem.weight") && file.find("_blocks.15._project_conv.weight");
}

FeatureModel lite0_model(const core::SafetensorsFile& file, const std::string& file_name,
                         const std::string& device) {
  const auto network = std::make_shared<nn::Network>(
      spec::build_network(config::parse_yaml(layers(), "lite0"), "features", {.size = kSide}), "features",
      at::Device(device));
  const auto names = names_in_file();
  const auto& tensors = network->tensors();  // weight and bias of each convolution
  if (tensors.size() != 2 * names.size()) throw Error(ErrorKind::internal, "lite0: other layers than names");
  Stored stored;
  std::vector<FoldedConv> convs;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const at::Tensor& weight = tensors[2 * i].tensor;
    const std::int64_t filters = weight.size(0);
    convs.push_back({stored.add(names[i].conv + ".weight", weight.sizes()),
                     stored.add(names[i].norm + ".weight", filters),
                     stored.add(names[i].norm + ".bias", filters),
                     stored.add(names[i].norm + ".running_mean", filters),
                     stored.add(names[i].norm + ".running_var", filters)});
  }
  const at::Tensor classes = stored.add("_fc.weight", {kClasses, 1280});
  checkpoint::restore(file, file_name, stored.all, /*exact=*/false);
  c10::AutoGradMode no_grad(false);
  for (std::size_t i = 0; i < convs.size(); ++i) {
    const FoldedConv& c = convs[i];
    const at::Tensor factor = c.scale.to(at::kDouble).div(c.var.to(at::kDouble).add(kEps).sqrt());
    tensors[2 * i].tensor.copy_(c.weight.to(at::kDouble).mul(factor.view({-1, 1, 1, 1})));
    tensors[2 * i + 1].tensor.copy_(c.shift.to(at::kDouble).sub(c.mean.to(at::kDouble).mul(factor)));
  }
  FeatureModel model{device, device.starts_with("cuda") ? kChunkOfGpu : kChunk, {}, {}};
  model.features = [network](const at::Tensor& bytes) {
    const at::Tensor x = resized_clean(bytes, kSide).sub_(127).div_(128);
    return network->forward(x, {.training = false});
  };
  model.logits = [weight = classes.to(at::Device(device))](const at::Tensor&, const at::Tensor& features) {
    return at::linear(features, weight);
  };
  return model;
}

}  // namespace facegan::infer
