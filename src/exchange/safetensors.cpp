#include "facegan/exchange/safetensors.h"

#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::exchange {

std::string safetensors(const Network& network) {
  std::vector<core::TensorBytes> tensors;
  for (const auto& [name, tensor] : network.tensors)
    tensors.push_back({name, "F32", tensor.shape, tensor.values.data()});
  return core::safetensors_bytes(
      tensors, {{"format", "pt"},  // as other libraries ask for: whose tensors these could be
                {"facegan.version", kVersion},
                {"facegan.network", network.part == Part::generator ? "generator" : "discriminator"},
                {"facegan.program", program_json(network)},
                {"facegan.preset", network.config.preset},
                {"facegan.weights", infer::name_of(network.weights)},
                {"facegan.step", std::to_string(network.step)},
                {"facegan.checkpoint-hash", network.hash}});
}

}  // namespace facegan::exchange
