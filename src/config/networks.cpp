// The networks that a configuration asks for, from its layer lists.
#include <algorithm>
#include <string_view>

#include "config/conditioned.h"
#include "facegan/config/config.h"

namespace facegan::config {
namespace {

using spec::Node;

// A layer list without its norms; a layer directly before one has a bias then, as the norm had one. spectral:
// with norms of its weights.
Node with_norm(Node list, const std::string& norm) {
  if (norm == "listed" || list.kind != Node::Kind::sequence) return list;
  static constexpr std::string_view kNorms[] = {"batch_norm", "instance_norm", "layer_norm", "pixel_norm"};
  const auto name_of = [](const Node& layer) -> std::string_view {
    return layer.kind == Node::Kind::map && !layer.entries.empty() ? layer.entries[0].first : layer.text;
  };
  const auto parameters = [](Node& layer) {
    return layer.entries.empty() ? nullptr : &layer.entries[0].second;
  };
  std::vector<Node> kept;
  for (Node& layer : list.items) {
    const std::string_view name = name_of(layer);
    if (std::find(std::begin(kNorms), std::end(kNorms), name) != std::end(kNorms)) {
      if (!kept.empty() && parameters(kept.back()))
        std::erase_if(parameters(kept.back())->entries,
                      [](const auto& entry) { return entry.first == "bias"; });
      continue;
    }
    if (Node* inside = parameters(layer)) {
      for (auto& [key, value] : inside->entries)
        if (key == "layers" || key == "skip") value = with_norm(value, norm);
      if (norm == "spectral" && (name == "conv" || name == "dense") && !inside->find("spectral_norm")) {
        Node yes;
        yes.kind = Node::Kind::scalar, yes.text = "true", yes.file = inside->file, yes.line = inside->line;
        inside->entries.emplace_back("spectral_norm", yes);
        // Divided out; of a gain of 0 nothing is left to divide.
        std::erase_if(inside->entries, [](const auto& entry) { return entry.first == "gain"; });
      }
    }
    kept.push_back(std::move(layer));
  }
  list.items = std::move(kept);
  return list;
}

}  // namespace

Networks build_networks(const Config& config) {
  const spec::Conditions conditions = conditions_of(config);
  const spec::Variables variables{config.size, config.channels, config.width, config.z, conditions};
  const Node discriminator = with_norm(config.discriminator, config.d_norm);
  return {
      spec::build_network(conditioned_generator(config.generator, conditions), "generator", variables),
      spec::build_network(conditioned_discriminator(discriminator, conditions), "discriminator", variables)};
}

}  // namespace facegan::config
