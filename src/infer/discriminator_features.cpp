// A discriminator without its last layer.
#include <memory>
#include <string_view>

#include "checkpoint/state.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/infer/pictures.h"
#include "infer/feature_models.h"
#include "infer/model.h"
#include "nn/network.h"
#include "nn/pixels.h"

namespace facegan::infer {
namespace {

// Up to the last layer that has weights, and without what brings no features of one picture.
std::size_t layers_before_last(const std::vector<spec::Layer>& layers) {
  std::size_t count = layers.size();
  while (count > 0 && layers[count - 1].tensors.empty() && layers[count - 1].branches.empty()) --count;
  if (count > 0) --count;
  const auto brings_none = [&](const spec::Layer& layer) {
    const std::string_view kind = layer.kind->name;
    return kind == "flatten" || kind == "dropout" || kind == "reshape" || kind == "minibatch_stddev";
  };
  while (count > 0 && brings_none(layers[count - 1])) --count;
  return count;
}

}  // namespace

FeatureModel discriminator_model(const run::Loaded& loaded, const std::string& device) {
  const Model whole = load_model(loaded, device, Player::discriminator);
  spec::Network description = whole.network->spec();
  description.layers.resize(layers_before_last(description.layers));
  if (description.layers.empty())
    throw Error(ErrorKind::usage,
                "--features d: this discriminator has one layer, and no features before it");
  description.name = "features";
  description.out = description.layers.back().out;
  const auto network = std::make_shared<nn::Network>(std::move(description), "d", whole.network->device());
  std::vector<checkpoint::StateTensor> tensors;
  for (const auto& t : network->tensors()) tensors.push_back({t.name, t.tensor});
  checkpoint::restore(loaded.file, loaded.path.string(), tensors, /*exact=*/false);
  const auto& config = whole.config;
  return {network->device().str(),
          chunk_size(*network),
          [network, size = config.size, channels = config.channels](const at::Tensor& bytes) {
            if (core::Size(bytes.size(2), bytes.size(1)) != size || bytes.size(3) != channels)
              throw Error(ErrorKind::internal, "pictures of another size than the discriminator's");
            const at::Tensor out = network->forward(nn::to_floats(bytes), {.training = false});
            return out.dim() == 4 ? out.mean(at::IntArrayRef{2, 3}) : out;
          },
          {}};
}

}  // namespace facegan::infer
