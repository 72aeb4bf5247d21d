#include "config/conditioned.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/spec/condition.h"

namespace facegan::config {
namespace {

using core::str;
using spec::Node;

// Of a layer in a list.
std::string_view name_of(const Node& layer) {
  return layer.kind == Node::Kind::map && !layer.entries.empty() ? layer.entries[0].first : layer.text;
}

// Also in nested lists.
bool takes_condition(const Node& list) {
  return std::any_of(list.items.begin(), list.items.end(), [](const Node& layer) {
    if (name_of(layer) == "label" || name_of(layer) == "projection") return true;
    return std::any_of(layer.entries.begin(), layer.entries.end(), [](const auto& layer_entry) {
      const auto& parameters = layer_entry.second.entries;
      return std::any_of(parameters.begin(), parameters.end(),
                         [](const auto& entry) { return takes_condition(entry.second); });
    });
  });
}

bool is_list_for(const Node& list, const spec::Conditions& conditions) {
  return conditions.count > 0 && list.kind == Node::Kind::sequence && !list.items.empty() &&
         !takes_condition(list);
}

Node made(const Node& place, Node::Kind kind) {
  Node node;
  node.kind = kind, node.file = place.file, node.line = place.line;
  return node;
}

}  // namespace

spec::Conditions conditions_of(const Config& config) {
  if (config.condition == "none") return {};
  if (config.condition == "digit")
    return {
        static_cast<std::int64_t>(std::string_view(spec::find_mnist_set(config.mnist_set).classes).size()),
        1};
  if (config.condition == "folder") return {std::max<std::int64_t>(config.classes, 2), 1};
  const auto count = static_cast<std::int64_t>(parse_condition(config.condition).size());
  return {count, count};
}

Node conditioned_generator(Node list, const spec::Conditions& conditions) {
  if (!is_list_for(list, conditions)) return list;
  Node label = made(list.items.front(), Node::Kind::scalar);
  label.text = "label";
  list.items.insert(list.items.begin(), std::move(label));
  return list;
}

Node conditioned_discriminator(Node list, const spec::Conditions& conditions) {
  if (!is_list_for(list, conditions)) return list;
  // From the last layer on that multiplies: what comes in there are D's features.
  static constexpr std::string_view kEnds[] = {"dense", "conv", "conv_transpose", "residual", "repeat"};
  auto begin = list.items.end() - 1;
  while (begin != list.items.begin() &&
         std::find(std::begin(kEnds), std::end(kEnds), name_of(*begin)) == std::end(kEnds))
    --begin;
  Node inside = made(*begin, Node::Kind::sequence), parameters = made(*begin, Node::Kind::map),
       projection = made(*begin, Node::Kind::map);
  std::move(begin, list.items.end(), std::back_inserter(inside.items));
  list.items.erase(begin, list.items.end());
  parameters.entries.emplace_back("layers", std::move(inside));
  projection.entries.emplace_back("projection", std::move(parameters));
  list.items.push_back(std::move(projection));
  return list;
}

void check_condition(const Config& config) {
  if (config.mnist_set != "auto" && config.dataset != "mnist")
    throw Error(ErrorKind::usage, str("mnist_set ", config.mnist_set, " does not go with the data set ",
                                      config.dataset, ": it names a set of the data set mnist"));
  if (config.condition == "none") return;
  const std::string takes = spec::find_dataset(config.dataset).condition;
  const std::string given = spec::is_class_condition(config.condition) ? config.condition : "attributes";
  if (takes == given) return;
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::usage, str("condition ", core::printable(config.condition),
                                      " does not go with the data set ", config.dataset, ": ", why));
  };
  if (takes.empty())
    refuse(
        "most of its people have one picture, of which no class can be learned; put the people you want into "
        "a folder each, and take --dataset folder --condition folder");
  refuse(takes == "attributes" ? "it takes names of attributes, such as Male,Smiling ('facegan data stats' "
                                 "lists them)"
                               : str("it takes --condition ", takes));
}

}  // namespace facegan::config
