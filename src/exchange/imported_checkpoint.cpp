// The checkpoint that networks of others become.
#include <cstring>

#include "checkpoint/state.h"
#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/safetensors.h"
#include "facegan/core/text.h"
#include "facegan/exchange/import.h"
#include "facegan/infer/conditions.h"
#include "facegan/run/imported.h"
#include "facegan/spec/catalogue.h"
#include "facegan/version.h"
#include "nn/network.h"

namespace facegan::exchange {
namespace {

using core::str;

// A network's first weights.
Tensors first_weights(const spec::Network& network, const std::string& scheme, std::uint64_t seed,
                      const std::string& prefix) {
  nn::Network made(network, prefix, at::kCPU);
  made.initialise(scheme, seed);
  Tensors tensors;
  for (const nn::NamedTensor& named : made.tensors()) {
    const at::Tensor values = checkpoint::packed(named.tensor);
    const auto* begin = values.const_data_ptr<float>();
    tensors[named.name.substr(prefix.size() + 1)] = {named.spec->shape, {begin, begin + values.numel()}};
  }
  return tensors;
}

// Of classes and attributes that the configuration names.
std::vector<std::string> condition_names(const config::Config& config) {
  if (config.condition == "none") return {};
  if (config.condition == "folder")
    throw Error(ErrorKind::usage,
                "--condition folder: a file of weights does not say which folders its classes are; train it "
                "here, or import it as digit or a list of attributes");
  if (config.condition != "digit") return config::parse_condition(config.condition);
  std::vector<std::string> names;
  for (const char name : std::string_view(spec::find_mnist_set(config.mnist_set).classes))
    names.emplace_back(1, name);
  return names;
}

// In the place of real pictures' rows: classes in turn, attributes by chance.
std::vector<signed char> made_rows(const config::Config& config, std::size_t names) {
  std::vector<signed char> rows(infer::Conditions::kRows * names);
  for (std::size_t i = 0; names > 0 && i < infer::Conditions::kRows; ++i) {
    core::Random random(static_cast<std::uint64_t>(config.seed), core::Purpose::condition, i);
    for (std::size_t k = 0; k < names; ++k)
      rows[i * names + k] = static_cast<signed char>(
          spec::is_class_condition(config.condition) ? i % names == k : (random.chance(0.5) ? 1 : -1));
  }
  return rows;
}

}  // namespace

std::string imported_checkpoint(const TakenNetworks& taken, const config::Config& config) {
  const auto names = condition_names(config);
  const config::Networks networks = config::build_networks(config);
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const Tensors g = taken.generator.is_there() ? taken.generator.tensors
                                               : first_weights(networks.generator, config.init_g, seed, "g"),
                d = taken.discriminator.is_there()
                        ? taken.discriminator.tensors
                        : first_weights(networks.discriminator, config.init_d, seed, "d");
  const Tensors& mean = taken.mean.is_there() ? taken.mean.tensors : g;
  std::vector<core::TensorBytes> all;
  const auto add = [&](const std::string& prefix, const Tensors& tensors) {
    for (const auto& [name, tensor] : tensors)
      all.push_back({prefix + name, "F32", tensor.shape, tensor.values.data()});
  };
  add("g.", g), add("d.", d);
  if (config::parse_half_life(config.ema) > 0) add("mean.g.", mean);
  const auto rows = made_rows(config, names.size());
  if (!names.empty())
    all.push_back(
        {infer::Conditions::kTensor,
         "I8",
         {static_cast<std::int64_t>(infer::Conditions::kRows), static_cast<std::int64_t>(names.size())},
         rows.data()});
  core::Metadata metadata = {{run::kKeyFormat, run::kFormat},
                             {run::kKeyVersion, kVersion},
                             {run::kKeyConfig, config::to_yaml(config)},
                             {run::kKeyStep, "0"},
                             {run::kKeyStepsPerEpoch, "1"},
                             {run::kKeyCount, "0"}};
  std::string& imported = metadata[run::kKeyImported];
  for (const TakenNetwork* network : {&taken.generator, &taken.mean, &taken.discriminator})
    if (network->is_there()) imported += str(imported.empty() ? "" : "; ", network->from);
  if (!names.empty()) metadata[run::kKeyConditions] = core::join(names, "\n");
  return core::safetensors_bytes(all, std::move(metadata));
}

}  // namespace facegan::exchange
