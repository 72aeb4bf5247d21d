#include "facegan/spec/network.h"

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::spec {
namespace {

using core::printable;
using core::str;
constexpr std::size_t kMaxLayers = 1000;
constexpr std::int64_t kSmallestStart = 4,
                       kLargestStart = 7;  // pixels of the shorter side, after $stages halvings
constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;  // of one activation, one sample
constexpr std::int64_t kMaxParameters = 2'000'000'000;
constexpr int kMaxDepth = 8;      // of repeats and nested lists
constexpr int kMaxRounds = 2000;  // of all repeats: nested ones of nothing would never end

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::usage, where.empty() ? what : str(where, ": ", what));
}

// The list that is being read: a network's own, or one nested in a layer.
struct List {
  std::vector<Layer>& layers;
  Shape in;
  std::string path;   // of what is in it, from 0: "", "3.skip."
  std::string place;  // the same from 1, for messages
  const Shape& end() const { return layers.empty() ? in : layers.back().out; }
};

class Builder {
 public:
  Builder(Network& network, const Variables& v) : network_(network) {
    variables_ = {{"width_px", v.size.width},
                  {"height_px", v.size.height},
                  {"channels", v.channels},
                  {"width", v.width},
                  {"z", v.z},
                  {"conditions", v.conditions.count}};
    if (v.size.is_square()) variables_["size"] = v.size.width;
    std::int64_t stages = 0;
    while (v.size.shorter() >> stages > kLargestStart && v.size.width % (std::int64_t{2} << stages) == 0 &&
           v.size.height % (std::int64_t{2} << stages) == 0)
      ++stages;
    if (const std::int64_t start = v.size.shorter() >> stages;
        start >= kSmallestStart && start <= kLargestStart)
      variables_["stages"] = stages;
    conditions_ = v.conditions;
  }

  void run(const Node& list) {
    List root{network_.layers, network_.in, "", ""};
    add_list(list, root, 0, network_.name);
  }

 private:
  // what: the list's name in messages.
  void add_list(const Node& nodes, List& list, int depth, const std::string& what) {
    if (nodes.kind != Node::Kind::sequence) refuse(nodes.where(), str(what, " must be a list of layers"));
    if (depth > kMaxDepth)
      refuse(nodes.where(), str(what, ": lists of layers are nested more than ", kMaxDepth, " deep"));
    for (const auto& item : nodes.items) add_item(item, list, depth);
  }

  // "relu", or {conv: {...}} with exactly one entry, or {repeat: {times: .., layers: [..]}}.
  void add_item(const Node& item, List& list, int depth) {
    static const Node empty;
    const Node* arguments = &empty;
    std::string name;
    if (item.kind == Node::Kind::scalar) {
      name = item.text;
    } else if (item.kind == Node::Kind::map && item.entries.size() == 1) {
      name = item.entries[0].first;
      arguments = &item.entries[0].second;
    } else {
      refuse(item.where(), str(at(list), ": a layer is a name or one entry 'name: {parameters}'"));
    }
    if (name == "repeat")
      add_repeat(*arguments, item, list, depth);
    else
      add_layer(name, *arguments, item, list, depth);
  }

  void add_repeat(const Node& arguments, const Node& item, List& list, int depth) {
    const Node* times = arguments.find("times");
    const Node* layers = arguments.find("layers");
    if (!times || times->kind != Node::Kind::scalar || !layers || arguments.entries.size() != 2)
      refuse(item.where(), str(at(list), ": repeat needs exactly 'times' and 'layers'"));
    const std::int64_t count =
        evaluate(times->text, variables_, str(times->where(), ": ", at(list), ": times of repeat"));
    if (count < 0 || count > 100)
      refuse(times->where(), str(at(list), ": repeat of ", count, " times is not within 0..100"));
    const auto outer = variables_;
    // A repeat of no times is counted as well: thousands of them in nested ones would not end either.
    count_round(item, list);
    for (std::int64_t i = 0; i < count; ++i) {
      if (i > 0) count_round(item, list);
      variables_["i"] = i;
      add_list(*layers, list, depth + 1, str(at(list), ": layers of repeat"));
    }
    variables_ = outer;
  }

  void count_round(const Node& item, const List& list) {
    if (++rounds_ > kMaxRounds)
      refuse(item.where(),
             str(at(list), ": ", network_.name, " repeats more than ", kMaxRounds, " times in all"));
  }

  void add_layer(const std::string& name, const Node& arguments, const Node& item, List& list, int depth) {
    if (++count_ > kMaxLayers)
      refuse(item.where(), str(at(list), ": ", network_.name, " has more than ", kMaxLayers, " layers"));
    Layer layer;
    layer.where = item.where();
    layer.kind = find_kind(name, item, list);
    layer.in = list.end();
    layer.conditions = conditions_;
    layer.path = str(list.path, list.layers.size());
    read_parameters(layer, arguments, list, depth);
    const std::string label = str(at(list), " (", name, ") ");
    try {
      layer.kind->infer(layer);
    } catch (const std::string& why) {
      refuse(layer.where, label + why);
    }
    check_sizes(layer, label);
    list.layers.push_back(std::move(layer));
  }

  const LayerKind* find_kind(const std::string& name, const Node& item, const List& list) const {
    std::vector<std::string> known = {"repeat"};
    for (const auto& kind : layer_kinds()) {
      if (name == kind.name) return &kind;
      known.emplace_back(kind.name);
    }
    refuse(item.where(), str(at(list), ": unknown layer '", printable(name), "'",
                             core::did_you_mean(name, known), " ('facegan list layers' shows all)"));
  }

  void read_parameters(Layer& layer, const Node& arguments, const List& list, int depth) {
    const std::string label = str(at(list), " (", layer.kind->name, ")");
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
      if (!value && !parameter.fallback)
        refuse(layer.where, str(label, " needs the parameter '", parameter.name, "' (", parameter.help, ")"));
      if (parameter.type == ParameterType::layers) {
        if (value) read_branch(layer, parameter.name, *value, list, depth);
        continue;
      }
      Node fallback;
      if (!value) {
        fallback.kind = Node::Kind::scalar;
        fallback.text = parameter.fallback;
        fallback.file = layer.where;
        value = &fallback;
      }
      if (parameter.type == ParameterType::sides)
        layer.padding = read_sides(parameter, *value, label);
      else if (parameter.type == ParameterType::extent)
        read_extent(layer, parameter, *value, label);
      else
        read_value(layer, parameter, *value, label);
    }
  }

  void read_branch(Layer& layer, const std::string& name, const Node& value, const List& list, int depth) {
    List branch{layer.branches[name], layer.in, str(layer.path, ".", name, "."),
                str(list.place, list.layers.size() + 1, ".", name, ".")};
    add_list(value, branch, depth + 1, str(at(list), " (", layer.kind->name, "): ", name));
  }

  [[noreturn]] static void refuse_value(const Parameter& parameter, const Node& value,
                                        const std::string& label, const std::string& wanted) {
    refuse(value.where(), str(label, ": ", parameter.name, " is ", wanted, ", not ",
                              value.kind == Node::Kind::scalar ? "'" + printable(value.text) + "'"
                                                               : std::string("a list or a map")));
  }

  std::int64_t read_integer(const Parameter& parameter, const Node& value, const std::string& label) const {
    if (value.kind != Node::Kind::scalar) refuse_value(parameter, value, label, "one number");
    const std::int64_t number =
        evaluate(value.text, variables_, str(value.where(), ": ", label, ": ", parameter.name));
    check_range(parameter, static_cast<double>(number), value, label);
    return number;
  }

  static void check_range(const Parameter& parameter, double number, const Node& value,
                          const std::string& label) {
    if (number < parameter.low || number > parameter.high)
      refuse_value(parameter, value, label,
                   str("within ", core::number_text(parameter.low), "..", core::number_text(parameter.high)));
  }

  Sides read_sides(const Parameter& parameter, const Node& value, const std::string& label) const {
    if (value.kind == Node::Kind::sequence) {
      if (value.items.size() != 4)
        refuse(value.where(),
               str(label, ": ", parameter.name, " as a list is [top, bottom, left, right], not ",
                   value.items.size(), " values"));
      std::int64_t sides[4];
      for (int i = 0; i < 4; ++i) sides[i] = read_integer(parameter, value.items[i], label);
      return {false, sides[0], sides[1], sides[2], sides[3]};
    }
    if (value.kind != Node::Kind::scalar)
      refuse_value(parameter, value, label, "a number, valid, same or [top, bottom, left, right]");
    if (value.text == "same") return {.same = true};
    if (value.text == "valid") return {};
    const std::int64_t all = read_integer(parameter, value, label);
    return {false, all, all, all, all};
  }

  void read_extent(Layer& layer, const Parameter& parameter, const Node& value,
                   const std::string& label) const {
    const bool is_list = value.kind == Node::Kind::sequence;
    if (is_list ? value.items.size() != 2 : value.kind != Node::Kind::scalar)
      refuse_value(parameter, value, label, "a number or [rows, columns]");
    const auto read = [&](const Node& number) {
      return static_cast<double>(read_integer(parameter, number, label));
    };
    layer.numbers[parameter.name] = read(is_list ? value.items[0] : value);
    if (is_list) layer.numbers[str(parameter.name, kColumns)] = read(value.items[1]);
  }

  void read_value(Layer& layer, const Parameter& parameter, const Node& value,
                  const std::string& label) const {
    const std::string name = parameter.name;
    double number = 0;
    if (value.kind != Node::Kind::scalar) refuse_value(parameter, value, label, "one value");
    switch (parameter.type) {
      case ParameterType::word:
        if (std::find(parameter.choices.begin(), parameter.choices.end(), value.text) ==
            parameter.choices.end())
          refuse_value(parameter, value, label, core::join(parameter.choices, " or "));
        layer.words[name] = value.text;
        break;
      case ParameterType::boolean:
        if (value.text != "true" && value.text != "false")
          refuse_value(parameter, value, label, "true or false");
        layer.numbers[name] = value.text == "true";
        break;
      case ParameterType::real:
        if (!core::parse_real(value.text, number)) refuse_value(parameter, value, label, "a number");
        check_range(parameter, number, value, label);
        layer.numbers[name] = number;
        break;
      case ParameterType::integer:
        layer.numbers[name] = static_cast<double>(read_integer(parameter, value, label));
        break;
      case ParameterType::extent:
      case ParameterType::sides:
      case ParameterType::layers:
        break;
    }
  }

  void check_sizes(const Layer& layer, const std::string& label) {
    std::int64_t count = 1;
    for (auto d : layer.out)
      if (d > kMaxElements || (count *= d) > kMaxElements)
        refuse(layer.where, str(label, "makes too large an output: ", shape_text(layer.out)));
    for (const auto& tensor : layer.tensors) {
      std::int64_t size = 1;
      for (auto d : tensor.shape)
        if (__builtin_mul_overflow(size, d, &size)) size = kMaxParameters + 1;
      if (size > kMaxParameters || (parameters_ += size) > kMaxParameters)
        refuse(layer.where, str(label, "brings ", network_.name, " over ",
                                core::with_thousands(kMaxParameters), " parameters"));
    }
  }

  // "generator layer 3.skip.1", for the layer that is being read.
  std::string at(const List& list) const {
    return str(network_.name, " layer ", list.place, list.layers.size() + 1);
  }

  Network& network_;
  std::map<std::string, std::int64_t> variables_;
  Conditions conditions_;
  std::int64_t parameters_ = 0;
  std::size_t count_ = 0;  // layers, nested ones included
  int rounds_ = 0;
};

template <class Count>
std::int64_t sum_tensors(const Network& network, Count count) {
  std::int64_t sum = 0;
  for_each_layer(network.layers, [&](const Layer& layer) {
    for (const auto& tensor : layer.tensors) sum += count(tensor);
  });
  return sum;
}

// Without the input of the list where that is kept around it anyway.
std::int64_t peak_of(const std::vector<Layer>& layers, bool input_is_kept) {
  std::int64_t most = 0;
  for (const Layer& layer : layers) {
    const std::int64_t in = &layer == &layers.front() && input_is_kept ? 0 : elements(layer.in);
    std::int64_t kept = in;  // all branches begin with it
    for (const auto& [name, branch] : layer.branches) {
      most = std::max(most, kept + peak_of(branch, true));
      if (!branch.empty()) kept += elements(branch.back().out);
    }
    most = std::max(most, kept + layer.inside + elements(layer.out));
  }
  return most;
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
  for_each_layer(layers, [&](const Layer& layer) { sum += layer.macs; });
  return sum;
}

std::int64_t Network::peak() const {
  return peak_of(layers, false);
}

Network build_network(const Node& list, const std::string& name, const Variables& v) {
  const bool is_generator = name == "generator", is_discriminator = name == "discriminator";
  const Shape image = {v.channels, v.size.height, v.size.width};
  Network network;
  network.name = name;
  network.in = is_generator ? Shape{v.z} : image;
  network.conditions = v.conditions.count;
  Builder(network, v).run(list);
  if (network.layers.empty()) refuse(list.where(), str(name, " has no layers"));
  network.out = network.layers.back().out;
  if (is_generator && network.out != image)
    refuse(network.layers.back().where,
           str("generator makes ", shape_text(network.out), " instead of the picture ", shape_text(image),
               " (channels x height x width; --size, --channels)"));
  if (is_discriminator && network.out != Shape{1} && network.out != Shape{1, 1, 1})
    refuse(network.layers.back().where,
           str("discriminator ends in ", shape_text(network.out), " instead of one logit for a picture of ",
               shape_text(image), " (channels x height x width; --size, --channels)"));
  return network;
}

}  // namespace facegan::spec
