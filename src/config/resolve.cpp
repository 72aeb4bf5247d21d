// Merging of the layers default < preset < file < environment < flag.
#include <algorithm>
#include <string_view>

#include "config/conditioned.h"
#include "config/together.h"
#include "facegan/config/config.h"
#include "facegan/config/options.h"
#include "facegan/config/presets.h"
#include "facegan/config/yaml.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"

namespace facegan::config {
namespace {

using core::str;
using spec::Node;

// The key of a file's values for a CPU without bf16 and with few threads.
constexpr const char* kSmallCpu = "small_cpu";
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
  std::vector<std::string> known = {"generator", "discriminator", "description", "source", kSmallCpu};
  for (const Option& option : options()) known.emplace_back(option.key);
  refuse(where, str("unknown key '", core::printable(key), "'", core::did_you_mean(key, known)));
}

// The single values of a file; what has more than one stays behind in the tree.
std::vector<Setting> file_settings(const Node& root) {
  std::vector<Setting> settings;
  if (root.kind == Node::Kind::null) return settings;  // an empty file
  if (root.kind != Node::Kind::map) refuse(root.where(), "a configuration is a list of 'key: value' lines");
  for (const auto& [key, node] : root.entries) {
    if (is_network(key) || is_note(key) || key == kSmallCpu) continue;
    if (!find_option(key)) refuse_unknown_key(key, node.where());
    if (node.kind != Node::Kind::scalar) refuse(node.where(), str(key, " needs one value"));
    settings.push_back({key, node.text, node.where()});
  }
  return settings;
}

std::vector<Setting> small_cpu_settings(const Node& section) {
  if (section.kind != Node::Kind::map)
    refuse(section.where(), str(kSmallCpu, " needs 'key: value' lines below it"));
  for (const auto& [key, node] : section.entries)
    if (key != "batch" && key != "lr")
      refuse(node.where(), str(kSmallCpu, " takes batch and lr, not ", core::printable(key)));
  const auto settings = file_settings(section);
  Config any;
  for (const Setting& setting : settings)
    set_option(any, *find_option(setting.key), setting.value, setting.source);
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
    const Node* section = root.find(kSmallCpu);
    if (!section) return;
    resolved_.small_cpu = small_cpu_settings(*section);
    if (!label.empty())
      for (Setting& setting : resolved_.small_cpu) setting.source = label;
  }

  // A column of the grids for each digit, where no layer but the preset says how many.
  void complete_grid() {
    auto& config = resolved_.config;
    auto& sources = resolved_.sources;
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
    auto& config = resolved_.config;
    auto& sources = resolved_.sources;
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

bool take_small_cpu(Resolved& resolved) {
  // Parts of a batch are what norms see: as large as they were meant.
  if (resolved.small_cpu.empty() || resolved.config.accumulate > 1) return false;
  Resolved taken = resolved;
  for (const Setting& setting : resolved.small_cpu) {
    const Option& option = *find_option(setting.key);
    const std::string file = setting.source.substr(0, setting.source.rfind(':')) + ":";
    for (const char* key : option.sets.empty() ? std::vector{option.key} : option.sets) {
      std::string& source = taken.sources[key];
      if (source != "default" && source != "preset " + taken.config.preset && !source.starts_with(file))
        return false;
      source = setting.source + ", " + kSmallCpu;
    }
    set_option(taken.config, option, setting.value, setting.source);
  }
  resolved = std::move(taken);
  return true;
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

}  // namespace facegan::config
