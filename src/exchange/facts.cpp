#include "exchange/facts.h"

#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::exchange {

core::Metadata facts_of(const Network& network) {
  const bool g = network.part == Part::generator;
  core::Metadata facts = {{"facegan.version", kVersion},
                          {"facegan.network", g ? "generator" : "discriminator"},
                          {"facegan.preset", core::printable(network.config.preset)},
                          {"facegan.weights", infer::name_of(network.weights)},
                          {"facegan.step", std::to_string(network.step)},
                          {"facegan.checkpoint-hash", network.hash},
                          {"facegan.size", network.config.size.both("x")},
                          {"facegan.channels", std::to_string(network.config.channels)},
                          {"facegan.range", "pictures are of -1 to 1: byte = round((x + 1) * 127.5)"},
                          {"facegan.licence", "TO BE FILLED IN: of the model and of its training pictures"}};
  if (g) {
    facts["facegan.z"] = std::to_string(network.config.z);
    facts["facegan.seed"] =
        "z is of a standard normal distribution; facegan.latent(seed) in facegan.py is that of 'facegan "
        "sample --seed'";
  }
  if (!network.imported.empty()) facts["facegan.imported"] = core::printable(network.imported);
  return facts;
}

}  // namespace facegan::exchange
