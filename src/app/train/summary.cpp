// facegan summary: the layers of both networks as Keras prints them.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "app/command_line/commands.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/run/folder.h"

namespace facegan::app {
namespace {

using core::str;
using Json = nlohmann::ordered_json;

std::int64_t parameters(const spec::Layer& layer, bool trainable_only) {
  std::int64_t sum = 0;
  for (const auto& tensor : layer.tensors)
    if (!trainable_only || tensor.trainable()) sum += tensor.count();
  return sum;
}

Json to_json(const spec::Network& network) {
  Json layers = Json::array();
  spec::for_each_layer(network.layers, [&](const spec::Layer& layer) {
    layers.push_back({{"layer", layer.kind->name},
                      {"path", layer.path},
                      {"output", layer.out},
                      {"parameters", parameters(layer, false)},
                      {"trainable", parameters(layer, true)}});
  });
  return {{"total", network.total()},
          {"trainable", network.trainable()},
          {"input", network.in},
          {"layers", layers}};
}

// "3", then for what is nested in it "  layers.1", both from 1.
std::string position(const spec::Layer& layer) {
  const auto parts = core::split(layer.path, '.');
  const std::string number = std::to_string(std::stoll(parts.back()) + 1);
  return parts.size() == 1 ? number
                           : std::string(parts.size() - 1, ' ') + parts[parts.size() - 2] + "." + number;
}

// As Keras prints it: layer, output shape and parameters; the totals below.
void print_table(const spec::Network& network) {
  using Row = std::array<std::string, 4>;
  std::vector<Row> rows = {{"", "Layer", "Output shape", "Parameters"},
                           {"", "input", spec::shape_text(network.in), "0"}};
  spec::for_each_layer(network.layers, [&](const spec::Layer& layer) {
    rows.push_back({position(layer), layer.kind->name, spec::shape_text(layer.out),
                    core::with_thousands(parameters(layer, false))});
  });
  std::array<std::size_t, 4> widths{};
  for (const Row& row : rows)
    for (int i = 0; i < 4; ++i) widths[i] = std::max(widths[i], row[i].size());
  const std::string line(widths[0] + widths[1] + widths[2] + widths[3] + 6, '-');
  core::print(network.name);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string text = "  ";
    for (int k = 0; k < 4; ++k) {
      const std::string pad(widths[k] - rows[i][k].size(), ' ');
      text += (k == 3 ? pad + rows[i][k] : rows[i][k] + pad) + (k == 3 ? "" : "  ");
    }
    core::print(text);
    if (i == 0) core::print("  " + line);
  }
  core::print("  " + line);
  core::print(str("  Total params: ", core::with_thousands(network.total())));
  core::print(str("  Trainable params: ", core::with_thousands(network.trainable())));
  core::print(
      str("  Non-trainable params: ", core::with_thousands(network.total() - network.trainable()), "\n"));
}

void print_total(const spec::Network& network) {
  core::print(str(network.name, " total ", core::with_thousands(network.total()), " trainable ",
                  core::with_thousands(network.trainable())));
}

}  // namespace

int run_summary(const Invocation& invocation) {
  const auto& request = invocation.request;
  const bool from_run = invocation.has("from");
  if (from_run && (!request.flags.empty() || !request.preset.empty() || !request.config_file.empty()))
    throw Error(ErrorKind::usage, "--from shows the networks of a run as they are; remove the other options");
  const config::Config config = from_run ? run::load_from(invocation.text("from", "")).config()
                                         : config::resolve(request, environ).config;
  const auto [generator, discriminator] = config::build_networks(config);
  if (invocation.has("json")) {
    core::print(Json{{"generator", to_json(generator)}, {"discriminator", to_json(discriminator)}}.dump(2));
    return 0;
  }
  core::print(str("preset ", config.preset, ", ", config.size.both(), "x", config.channels, "\n"));
  print_table(generator);
  print_table(discriminator);
  print_total(generator);
  print_total(discriminator);
  return 0;
}

}  // namespace facegan::app
