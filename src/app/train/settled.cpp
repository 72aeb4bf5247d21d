#include "app/train/settled.h"

#include <filesystem>

#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"
#include "facegan/infer/features.h"
#include "facegan/run/folder.h"
#include "facegan/spec/catalogue.h"

namespace facegan::app {
namespace {

// As a resume, from wherever it is called, finds it again.
std::string absolute_path(const std::string& path, const char* flag) {
  const std::string whole = std::filesystem::absolute(path).lexically_normal().string();
  if (!core::is_utf8(whole))
    throw Error(ErrorKind::usage,
                core::str(flag, " ", core::printable(whole),
                          " is not UTF-8 and could not be found again by a resume; rename it, or name "
                          "a link to it"));
  return whole;
}

// Whether a checkpoint's networks have weights, by name and shape, that these take.
bool takes_weights(const config::Config& config, const core::SafetensorsFile& file) {
  const config::Networks networks = config::build_networks(config);
  const auto takes = [&](const spec::Network& network, const std::string& prefix) {
    bool any = false;
    spec::for_each_layer(network.layers, [&](const spec::Layer& layer) {
      for (const auto& tensor : layer.tensors) {
        const core::TensorInfo* there = file.find(core::str(prefix, layer.path, ".", tensor.name));
        any = any || (there && tensor.shape.size() > 1 && there->shape == tensor.shape);
      }
    });
    return any;
  };
  return takes(networks.generator, "g.") && takes(networks.discriminator, "d.");
}

// The lists of layers alone.
std::string networks_text(const config::Config& config) {
  config::Config networks;
  networks.generator = config.generator, networks.discriminator = config.discriminator;
  return config::to_yaml(networks);
}

// "--preset dcgan --size 32": the flags that make the networks of a run; "" for lists of layers of its own.
std::string flags_of_networks(const config::Config& run) {
  try {
    config::Request request;
    request.preset = run.preset;
    const config::Config made = config::resolve(request, nullptr).config;
    std::string flags = "--preset " + run.preset;
    for (const char* key : {"size", "channels", "z", "width", "condition", "d_norm"}) {
      const config::Option& option = *config::find_option(key);
      const std::string value = config::get_option(run, option);
      if (value == config::get_option(made, option)) continue;
      const std::string quoted = core::shell_quoted(value);
      if (quoted.empty()) return "";
      flags += core::str(" ", config::flag_name(key), " ", quoted);
    }
    return networks_text(run) == networks_text(made) ? flags : "";
  } catch (const Error&) {  // a preset of another version
    return "";
  }
}

}  // namespace

void settle_data(config::Config& config) {
  const bool reads_files = spec::find_dataset(config.dataset).reads_files;
  if (config.data.empty() && reads_files) config.data = data::usual_place(config.dataset).string();
  if (!config.data.empty()) config.data = absolute_path(config.data, "--data");
}

void settle_features(config::Config& config, bool are_needed) {
  if (config.features != "lite0") config.features = absolute_path(config.features, "--features");
  // Told before a run is begun.
  if (are_needed && config.features == "lite0" &&
      config::needs_features(config::parse_figures(config.evaluate)))
    infer::lite0_weights();
}

void settle_start(config::Config& config, bool chosen) {
  if (config.init_from.empty()) return;
  const run::Loaded loaded = run::load_from(config.init_from);
  config.init_from = absolute_path(loaded.path.string(), "--init-from");
  if (config.init_from_hash.empty()) config.init_from_hash = loaded.text(core::kChecksumKey);
  if (chosen || takes_weights(config, loaded.file)) return;
  if (const std::string flags = flags_of_networks(loaded.config()); !flags.empty())
    throw Error(ErrorKind::usage, core::str("--init-from ", core::printable(config.init_from),
                                            ": no weights of it fit preset ", config.preset, ", which ",
                                            config.dataset, " gets where none is named; add ", flags));
}

}  // namespace facegan::app
