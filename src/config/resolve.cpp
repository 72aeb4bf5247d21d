// Merging of the layers default < preset < file < environment < flag.
#include <algorithm>
#include <string_view>

#include "config/conditioned.h"
#include "config/partners.h"
#include "facegan/config/config.h"
#include "facegan/config/options.h"
#include "facegan/config/presets.h"
#include "facegan/config/yaml.h"
#include "facegan/core/clock.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/spec/condition.h"
#include "facegan/spec/filter.h"

namespace facegan::config {
namespace {

using core::str;
using spec::Node;

constexpr std::string_view kPrefix = "FACEGAN_";
// Names that the scripts, the build and the cache folder use; no settings.
constexpr std::string_view kOtherNames[] = {"FACEGAN_CACHE", "FACEGAN_LIBTORCH", "FACEGAN_OFFLINE",
                                            "FACEGAN_INDEX_URL", "FACEGAN_SETUP_CACHE"};

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::usage, str(where, ": ", what));
}

bool is_network(const std::string& key) {
  return key == "generator" || key == "discriminator";
}
bool is_note(const std::string& key) {
  return key == "description" || key == "source" || key == "recommended";
}

void refuse_unknown_key(const std::string& key, const std::string& where) {
  std::vector<std::string> known = {"generator", "discriminator", "description", "source"};
  for (const Option& option : options()) known.emplace_back(option.key);
  refuse(where, str("unknown key '", core::printable(key), "'", core::did_you_mean(key, known)));
}

// The single values of a file; its layer lists stay behind in the tree.
std::vector<Setting> file_settings(const Node& root) {
  std::vector<Setting> settings;
  if (root.kind == Node::Kind::null) return settings;  // an empty file
  if (root.kind != Node::Kind::map) refuse(root.where(), "a configuration is a list of 'key: value' lines");
  for (const auto& [key, node] : root.entries) {
    if (is_network(key) || is_note(key)) continue;
    if (!find_option(key)) refuse_unknown_key(key, node.where());
    if (node.kind != Node::Kind::scalar) refuse(node.where(), str(key, " needs one value"));
    settings.push_back({key, node.text, node.where()});
  }
  return settings;
}

std::vector<Setting> environment_settings(const char* const* environment) {
  std::vector<Setting> settings;
  std::vector<std::string> known(std::begin(kOtherNames), std::end(kOtherNames));
  for (const Option& option : options()) known.push_back(environment_name(option.key));
  for (; environment && *environment; ++environment) {
    const std::string_view entry = *environment;
    const auto equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    const std::string name(entry.substr(0, equals)), value(entry.substr(equals + 1));
    const auto option = std::find_if(options().begin(), options().end(),
                                     [&](const Option& o) { return environment_name(o.key) == name; });
    if (option != options().end()) {
      if (!value.empty()) settings.push_back({option->key, value, "environment " + name});  // NAME= is unset
    } else if (std::find(known.begin(), known.end(), name) == known.end()) {
      core::log_warning("the environment's ", core::printable(name), " is not a setting of facegan",
                        core::did_you_mean(name, known));
    }
  }
  return settings;
}

// The last value that the layers (lowest first) give to a key.
const Setting* last_setting(const std::vector<const std::vector<Setting>*>& layers, std::string_view key) {
  const Setting* last = nullptr;
  for (const auto* layer : layers)
    for (const Setting& setting : *layer)
      if (setting.key == key) last = &setting;
  return last;
}

class Merger {
 public:
  Merger() {
    for (const Option& option : options())
      if (option.sets.empty()) resolved_.sources[option.key] = "default";
  }

  // Within a layer `lr` and its like come first, so that lr_g and lr_d beside it win in any order.
  // `label` replaces the settings' own sources in the result, not in messages.
  void add(const std::vector<Setting>& layer, const std::string& label = "") {
    const std::string loss_below = resolved_.config.loss;
    if (has(layer, "init_from") &&
        !has(layer, "init_from_hash")) {  // another checkpoint has another checksum
      resolved_.config.init_from_hash.clear();
      resolved_.sources["init_from_hash"] = "default";
    }
    for (const bool wide_turn : {true, false})
      for (const Setting& setting : layer) {
        const Option* option = find_option(setting.key);
        if (!option) refuse_unknown_key(setting.key, setting.source);
        if (option->sets.empty() == wide_turn) continue;
        set_option(resolved_.config, *option, setting.value, setting.source);
        for (const char* key : wide_turn ? option->sets : std::vector{option->key})
          resolved_.sources[key] = label.empty() ? setting.source : label;
      }
    complete_loss(layer, loss_below);
  }

  void add_file(const Node& root, const std::string& label = "") {
    add(file_settings(root), label);
    for (const auto& [key, node] : root.entries) {
      if (!is_network(key)) continue;
      (key == "generator" ? resolved_.config.generator : resolved_.config.discriminator) = node;
      resolved_.sources[key] = label.empty() ? node.where() : label;
    }
  }

  // A column of the grids for each digit, where no layer but the preset says how many.
  void complete_grid() {
    auto& [config, sources] = resolved_;
    const std::string& source = sources["grid"];
    if (config.condition != "digit" || (source != "default" && !source.starts_with("preset "))) return;
    config.grid = str(parse_grid(config.grid).rows, "x", conditions_of(config).count);
    sources["grid"] = "condition digit";
  }

  Resolved& result() { return resolved_; }

 private:
  static bool has(const std::vector<Setting>& layer, const char* key) {
    return std::any_of(layer.begin(), layer.end(), [&](const Setting& s) { return s.key == key; });
  }

  // The penalty that a loss is published with comes and goes with it, unless the layer that sets the loss
  // sets the penalty, too.
  void complete_loss(const std::vector<Setting>& layer, const std::string& loss_below) {
    auto& [config, sources] = resolved_;
    if (!has(layer, "loss") || has(layer, "gp") || config.loss == loss_below) return;
    const double weight = spec::find_loss(config.loss).gp, weight_below = spec::find_loss(loss_below).gp;
    const bool comes = weight > 0 && config.gp == 0;
    const bool goes = weight_below > 0 && config.gp == weight_below;
    if (!comes && !goes) return;
    config.gp = weight;
    sources["gp"] = "loss " + config.loss;
  }

  Resolved resolved_;
};

// A grid is decoded again for the animation, and a GIF has at most 65,535 pixels a side.
void check_grid(const Config& config) {
  constexpr double kMaxPixels = 1e8, kMaxSide = 65000;
  const Grid grid = parse_grid(config.grid);
  const std::int64_t margin = config.grid_margin;
  const auto length = [&](std::int64_t cells, std::int64_t side) {
    return static_cast<double>(cells * (side * config.grid_scale + margin) + margin);
  };
  const double width = length(grid.columns, config.size.width),
               height = length(grid.rows, config.size.height);
  if (width * height > kMaxPixels || width > kMaxSide || height > kMaxSide)
    throw Error(ErrorKind::usage,
                str("a grid of ", config.grid, " pictures of ", config.size.text(), " pixels, enlarged ",
                    config.grid_scale, " times, with margins of ", margin,
                    " is over 100,000,000 pixels or 65,000 a side; lower --grid, --grid-scale or --size"));
}

// The form of --where; whether the data set has what it asks for shows when that is opened.
void check_where(const Resolved& resolved) {
  try {
    spec::Filter filter(resolved.config.where);
  } catch (const Error& error) {
    const std::string& source = resolved.sources.at("where");
    throw Error(error.kind(), source.starts_with("flag ") ? error.what() : str(source, ": ", error.what()));
  }
}

bool fits(Config config, core::Size size) {
  config.size = size;
  try {
    build_networks(config);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// The nearest sizes that these networks can make, as far as they are found at once: layer lists of a stranger
// may take long to build, and there are a thousand sizes. Of what is not square: sides that can be halved
// often.
std::vector<std::string> sizes_that_fit(const Config& config) {
  constexpr double kPatience_s = 0.5;  // each way
  const Option& range = *find_option("size");
  const auto is_size = [&](const core::Size& size) {
    return static_cast<double>(size.shorter()) >= range.low &&
           static_cast<double>(size.longer()) <= range.high;
  };
  std::vector<std::string> sizes;
  if (!config.size.is_square()) {
    for (const std::int64_t step : {16, 8}) {
      const auto nearest = [&](std::int64_t side) { return (side + step / 2) / step * step; };
      const core::Size size(nearest(config.size.width), nearest(config.size.height));
      if (is_size(size) && fits(config, size) &&
          std::find(sizes.begin(), sizes.end(), size.text()) == sizes.end())
        sizes.push_back(size.text());
    }
    return sizes;
  }
  for (const std::int64_t step : {-1, 1}) {
    const double until_s = core::now_s() + kPatience_s;
    core::Size size = config.size.width + step;
    while (is_size(size) && core::now_s() < until_s && !fits(config, size)) size = size.width + step;
    if (is_size(size) && core::now_s() < until_s) sizes.push_back(size.text());
  }
  return sizes;
}

// "; the sizes 64 and 128 would do"
std::string sizes_nearby(const Config& config) {
  const std::vector<std::string> sizes = sizes_that_fit(config);
  if (sizes.empty()) return "";
  return str(sizes.size() > 1 ? "; the sizes " : "; the size ", core::join(sizes, " and "), " would do");
}

void check_loss(const Config& config) {
  if (spec::find_loss(config.loss).has_labels) return;
  std::vector<std::string> with_labels;
  for (const auto& loss : spec::losses())
    if (loss.has_labels) with_labels.emplace_back(loss.name);
  const std::string last = with_labels.back();
  with_labels.pop_back();
  for (const char* key : {"label_smoothing", "label_flip"})
    if (get_option(config, *find_option(key)) != "0")
      throw Error(ErrorKind::usage, str(key, " has no meaning for the loss ", config.loss,
                                        ", which has no labels; leave it out, or take ",
                                        core::join(with_labels, ", "), " or ", last));
}

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

// Both networks; when they do not fit, also what was asked of them outside the file that holds them.
void check_networks(const Resolved& resolved) {
  try {
    build_networks(resolved.config);
  } catch (const Error& error) {
    std::vector<std::string> asked;
    for (const char* key : {"size", "channels", "width", "z"}) {
      const std::string& source = resolved.sources.at(key);
      if (source.starts_with("flag ") || source.starts_with("environment "))
        asked.push_back(str(source, " ", get_option(resolved.config, *find_option(key))));
    }
    throw Error(error.kind(), error.what() +
                                  (asked.empty() ? "" : " (with " + core::join(asked, ", ") + ")") +
                                  sizes_nearby(resolved.config));
  }
}

void check_evaluation(const Config& config) {
  const auto figures = parse_figures(config.evaluate);
  const bool nearest = std::find(figures.begin(), figures.end(), "nearest") != figures.end();
  if (nearest && config.evaluate_every != "0" && config.hold_out == "0")
    throw Error(ErrorKind::usage,
                "evaluate nearest compares with pictures that did not train: add --hold-out 5%");
}

void check_augmentation(const Config& config) {
  if (config.augment == "off" || config.augment_p != "auto" || config.hold_out != "0") return;
  if (!spec::find_loss(config.loss).middle_tells)
    throw Error(ErrorKind::usage,
                str("augment_p auto with the loss ", config.loss,
                    " looks at pictures that did not train: add --hold-out 5%, or set --augment-p 0.3"));
}

void check_together(const Resolved& resolved, bool needs_networks) {
  check_loss(resolved.config);
  check_batch(resolved.config);
  check_grid(resolved.config);
  check_where(resolved);
  check_evaluation(resolved.config);
  check_augmentation(resolved.config);
  check_partners(resolved);
  check_condition(resolved.config);
  if (resolved.config.epochs == 0 && resolved.config.max_time == "0")
    throw Error(ErrorKind::usage, "epochs auto needs a time that they are to fit into: add --max-time 10m");
  if (needs_networks) check_networks(resolved);
}

}  // namespace

Resolved resolve(const Request& request, const char* const* environment) {
  Node file;
  if (!request.config_file.empty()) file = read_yaml_file(request.config_file);
  const auto from_file = file_settings(file);
  const auto from_environment = environment_settings(environment);
  auto from_flags = request.flags;
  if (!request.preset.empty()) from_flags.push_back({"preset", request.preset, "flag --preset"});
  const std::vector<const std::vector<Setting>*> layers = {&from_file, &from_environment, &from_flags};

  // The preset lies below the layers that may name it or the data set that decides it.
  Setting preset{"preset", "", "default"};
  const Setting *dataset = last_setting(layers, "dataset"), *channels = last_setting(layers, "channels");
  if (const Setting* named = last_setting(layers, "preset"); named && !named->value.empty())
    preset = *named;
  else if (dataset)
    preset = {"preset", default_preset(dataset->value, channels ? channels->value : ""),
              "default for " + dataset->value};
  else
    preset.value = default_preset(Config{}.dataset);

  Merger merger;
  try {
    merger.add_file(parse_yaml(find_preset(preset.value).yaml, find_preset(preset.value).file()),
                    "preset " + preset.value);
  } catch (const Error& error) {
    throw Error(error.kind(),
                preset.source == "default" ? error.what() : str(preset.source, ": ", error.what()));
  }
  merger.add_file(file);
  merger.add(from_environment);
  merger.add(from_flags);
  merger.add({preset});
  merger.complete_grid();

  check_together(merger.result(), request.needs_networks);
  return merger.result();
}

void check_batch(const Config& config) {
  if (config.batch % config.accumulate != 0)
    throw Error(ErrorKind::usage, str("accumulate ", config.accumulate, " does not divide batch ",
                                      config.batch, "; take a batch of equal parts"));
}

Config changed(const Config& config, const std::vector<Setting>& settings) {
  Merger merger;
  merger.add_file(parse_yaml(to_yaml(config), "the run's settings"), "the run");
  merger.add(settings);
  check_together(merger.result(), true);
  return merger.result().config;
}

Config from_yaml(const std::string& text, const std::string& name_for_messages) {
  Merger merger;
  merger.add_file(parse_yaml(text, name_for_messages));
  check_grid(merger.result().config);
  return merger.result().config;
}

Networks build_networks(const Config& config) {
  const spec::Conditions conditions = conditions_of(config);
  const spec::Variables variables{config.size, config.channels, config.width, config.z, conditions};
  const Node discriminator = with_norm(config.discriminator, config.d_norm);
  return {
      spec::build_network(conditioned_generator(config.generator, conditions), "generator", variables),
      spec::build_network(conditioned_discriminator(discriminator, conditions), "discriminator", variables)};
}

}  // namespace facegan::config
