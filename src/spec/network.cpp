#include "facegan/spec/network.h"

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::spec {
namespace {

using core::printable;
using core::str;
constexpr std::size_t kMaxLayers = 1000;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;  // of one activation, one sample
constexpr std::int64_t kMaxParameters = 2'000'000'000;
constexpr int kMaxRepeatDepth = 8;
constexpr int kMaxRounds = 10'000;  // of all repeats: nested ones of nothing would never end

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::usage, where.empty() ? what : str(where, ": ", what));
}

class Builder {
 public:
  Builder(Network& network, const Variables& v) : network_(network) {
    variables_ = {{"size", v.size}, {"channels", v.channels}, {"width", v.width}, {"z", v.z}};
  }

  void add_list(const Node& list, int depth) {
    if (list.kind != Node::Kind::sequence)
      refuse(list.where(), str(network_.name, " must be a list of layers"));
    for (const auto& item : list.items) add_item(item, depth);
  }

 private:
  // "relu", or {conv: {...}} with exactly one entry, or {repeat: {times: .., layers: [..]}}.
  void add_item(const Node& item, int depth) {
    static const Node empty;
    const Node* arguments = &empty;
    std::string name;
    if (item.kind == Node::Kind::scalar) {
      name = item.text;
    } else if (item.kind == Node::Kind::map && item.entries.size() == 1) {
      name = item.entries[0].first;
      arguments = &item.entries[0].second;
    } else {
      refuse(item.where(), str(at(), ": a layer is a name or one entry 'name: {parameters}'"));
    }
    if (name == "repeat")
      add_repeat(*arguments, item, depth);
    else
      add_layer(name, *arguments, item);
  }

  void add_repeat(const Node& arguments, const Node& item, int depth) {
    const Node* times = arguments.find("times");
    const Node* layers = arguments.find("layers");
    if (!times || times->kind != Node::Kind::scalar || !layers || arguments.entries.size() != 2)
      refuse(item.where(), "repeat needs exactly 'times' and 'layers'");
    if (depth >= kMaxRepeatDepth)
      refuse(item.where(), str("repeat is nested more than ", kMaxRepeatDepth, " deep"));
    const std::int64_t count = evaluate(times->text, variables_, times->where());
    if (count < 0 || count > 100)
      refuse(times->where(), str("repeat of ", count, " times is not within 0..100"));
    const auto outer = variables_;
    for (std::int64_t i = 0; i < count; ++i) {
      if (++rounds_ > kMaxRounds)
        refuse(item.where(), str(network_.name, " repeats more than ", kMaxRounds, " times in all"));
      variables_["i"] = i;
      add_list(*layers, depth + 1);
    }
    variables_ = outer;
  }

  void add_layer(const std::string& name, const Node& arguments, const Node& item) {
    if (network_.layers.size() >= kMaxLayers)
      refuse(item.where(), str(network_.name, " has more than ", kMaxLayers, " layers"));
    Layer layer;
    layer.where = item.where();
    layer.kind = find_kind(name, item);
    layer.in = network_.layers.empty() ? network_.in : network_.layers.back().out;
    read_parameters(layer, arguments);
    try {
      layer.kind->infer(layer);
    } catch (const std::string& why) {
      refuse(layer.where, str(at(), " (", name, ") ", why));
    }
    check_sizes(layer);
    network_.layers.push_back(std::move(layer));
  }

  const LayerKind* find_kind(const std::string& name, const Node& item) const {
    std::vector<std::string> known = {"repeat"};
    for (const auto& kind : layer_kinds()) {
      if (name == kind.name) return &kind;
      known.emplace_back(kind.name);
    }
    refuse(item.where(), str(at(), ": unknown layer '", printable(name), "'", core::did_you_mean(name, known),
                             " ('facegan list layers' shows all)"));
  }

  void read_parameters(Layer& layer, const Node& arguments) const {
    const std::string label = str(at(), " (", layer.kind->name, ")");
    if (arguments.kind != Node::Kind::map && arguments.kind != Node::Kind::null)
      refuse(arguments.where(), str(label, ": parameters are written {name: value, ...}"));
    std::vector<std::string> known;
    for (const auto& parameter : layer.kind->parameters) known.emplace_back(parameter.name);
    for (const auto& [key, value] : arguments.entries)
      if (std::find(known.begin(), known.end(), key) == known.end())
        refuse(value.where(),
               str(label, " has no parameter '", printable(key), "'", core::did_you_mean(key, known)));
    for (const auto& parameter : layer.kind->parameters) {
      const Node* value = arguments.find(parameter.name);
      if (value && value->kind != Node::Kind::scalar)
        refuse(value->where(), str(label, ": ", parameter.name, " must be one value"));
      if (!value && !parameter.fallback)
        refuse(layer.where, str(label, " needs the parameter '", parameter.name, "' (", parameter.help, ")"));
      read_value(layer, parameter, value ? value->text : parameter.fallback,
                 value ? value->where() : layer.where, label);
    }
  }

  void read_value(Layer& layer, const Parameter& parameter, const std::string& text, const std::string& where,
                  const std::string& label) const {
    auto bad = [&](const std::string& wanted) {
      refuse(where, str(label, ": ", parameter.name, " is ", wanted, ", not '", printable(text), "'"));
    };
    const auto choice = std::find(parameter.choices.begin(), parameter.choices.end(), text);
    double value = 0;
    switch (parameter.type) {
      case ParameterType::word:
        if (choice == parameter.choices.end()) bad(core::join(parameter.choices, " or "));
        layer.words[parameter.name] = text;
        return;
      case ParameterType::boolean:
        if (text != "true" && text != "false") bad("true or false");
        value = text == "true";
        break;
      case ParameterType::real:
        if (!core::parse_real(text, value)) bad("a number");
        break;
      case ParameterType::integer:
        if (choice != parameter.choices.end()) {  // a named value, such as padding: same
          layer.numbers[parameter.name] = -1;
          return;
        }
        value = static_cast<double>(evaluate(text, variables_, where));
        break;
    }
    if (value < parameter.low || value > parameter.high)
      bad(str("within ", core::number_text(parameter.low), "..", core::number_text(parameter.high)));
    layer.numbers[parameter.name] = value;
  }

  void check_sizes(const Layer& layer) {
    std::int64_t count = 1;
    for (auto d : layer.out)
      if (d > kMaxElements || (count *= d) > kMaxElements)
        refuse(layer.where,
               str(at(), " (", layer.kind->name, ") makes too large an output: ", shape_text(layer.out)));
    for (const auto& tensor : layer.tensors) {
      std::int64_t size = 1;
      for (auto d : tensor.shape)
        if (__builtin_mul_overflow(size, d, &size)) size = kMaxParameters + 1;
      if (size > kMaxParameters || (parameters_ += size) > kMaxParameters)
        refuse(layer.where, str(at(), " (", layer.kind->name, ") brings ", network_.name, " over ",
                                core::with_thousands(kMaxParameters), " parameters"));
    }
  }

  // "generator layer 3", for the layer that is being read.
  std::string at() const { return str(network_.name, " layer ", network_.layers.size() + 1); }

  Network& network_;
  std::map<std::string, std::int64_t> variables_;
  std::int64_t parameters_ = 0;
  int rounds_ = 0;
};

template <class Count>
std::int64_t sum_tensors(const Network& network, Count count) {
  std::int64_t sum = 0;
  for (const auto& layer : network.layers)
    for (const auto& tensor : layer.tensors) sum += count(tensor);
  return sum;
}

}  // namespace

std::string shape_text(const Shape& shape) {
  std::vector<std::string> parts;
  for (auto d : shape) parts.push_back(std::to_string(d));
  return core::join(parts, "x");
}

std::int64_t elements(const Shape& shape) {
  std::int64_t count = 1;
  for (auto d : shape) count *= d;
  return count;
}

std::int64_t TensorSpec::count() const {
  return elements(shape);
}

std::int64_t Network::total() const {
  return sum_tensors(*this, [](const TensorSpec& t) { return t.count(); });
}

std::int64_t Network::trainable() const {
  return sum_tensors(*this, [](const TensorSpec& t) { return t.trainable() ? t.count() : 0; });
}

std::int64_t Network::macs() const {
  std::int64_t sum = 0;
  for (const auto& layer : layers) sum += layer.macs;
  return sum;
}

Network build_network(const Node& list, const std::string& name, const Variables& v) {
  const bool is_generator = name == "generator";
  const Shape image = {v.channels, v.size, v.size};
  Network network;
  network.name = name;
  network.in = is_generator ? Shape{v.z} : image;
  Builder(network, v).add_list(list, 0);
  if (network.layers.empty()) refuse(list.where(), str(name, " has no layers"));
  network.out = network.layers.back().out;
  if (is_generator && network.out != image)
    refuse(network.layers.back().where,
           str("generator makes ", shape_text(network.out), " instead of the picture ", shape_text(image),
               " (channels x height x width; --size, --channels)"));
  if (!is_generator && network.out != Shape{1} && network.out != Shape{1, 1, 1})
    refuse(network.layers.back().where,
           str("discriminator ends in ", shape_text(network.out), " instead of one logit for a picture of ",
               shape_text(image), " (channels x height x width; --size, --channels)"));
  return network;
}

}  // namespace facegan::spec
