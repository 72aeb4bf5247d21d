#include <nlohmann/json.hpp>

#include "facegan/exchange/network.h"

namespace facegan::exchange {

std::string program_json(const Network& network) {
  const spec::Program& program = network.program;
  using Json = nlohmann::ordered_json;
  Json operations = Json::array();
  for (const spec::Operation& operation : program.operations) {
    Json json = {{"op", operation.name}, {"in", operation.inputs}, {"out", operation.out}};
    for (const auto& [name, tensor] : operation.tensors) json[name] = tensor;
    for (const auto& [name, number] : operation.numbers) {
      if (number == static_cast<double>(static_cast<std::int64_t>(number)))
        json[name] = static_cast<std::int64_t>(number);
      else
        json[name] = number;
    }
    for (const auto& [name, list] : operation.lists) json[name] = list;
    for (const auto& [name, word] : operation.words) json[name] = word;
    operations.push_back(std::move(json));
  }
  return Json{{"input", program.in},
              {"conditions", program.conditions},
              {"names", network.conditions},
              {"output", program.out},
              {"operations", operations}}
      .dump();
}

}  // namespace facegan::exchange
