#include "facegan/exchange/safetensors.h"

#include "exchange/facts.h"

namespace facegan::exchange {

std::string safetensors(const Network& network) {
  std::vector<core::TensorBytes> tensors;
  for (const auto& [name, tensor] : network.tensors)
    tensors.push_back({name, "F32", tensor.shape, tensor.values.data()});
  core::Metadata metadata = facts_of(network);
  metadata["format"] = "pt";  // as other libraries ask for: whose tensors these could be
  metadata["facegan.program"] = program_json(network);
  return core::safetensors_bytes(tensors, std::move(metadata));
}

}  // namespace facegan::exchange
