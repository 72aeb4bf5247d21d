// facegan summary: the layers of both networks as Keras prints them.
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "facegan/checkpoint/run_folder.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

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
  for (const auto& layer : network.layers)
    layers.push_back({{"layer", layer.kind->name},
                      {"output", layer.out},
                      {"parameters", parameters(layer, false)},
                      {"trainable", parameters(layer, true)}});
  return {{"total", network.total()},
          {"trainable", network.trainable()},
          {"input", network.in},
          {"layers", layers}};
}

void print_table(const spec::Network& network) {
  struct Row {
    std::string layer, shape, count;
  };
  std::vector<Row> rows = {{"Layer", "Output shape", "Parameters"},
                           {"input", spec::shape_text(network.in), "0"}};
  for (const auto& layer : network.layers)
    rows.push_back(
        {layer.kind->name, spec::shape_text(layer.out), core::with_thousands(parameters(layer, false))});
  std::size_t widths[3] = {0, 0, 0};
  for (const auto& [layer, shape, count] : rows) {
    widths[0] = std::max(widths[0], layer.size());
    widths[1] = std::max(widths[1], shape.size());
    widths[2] = std::max(widths[2], count.size());
  }
  const auto pad = [](std::size_t width, const std::string& text) {
    return std::string(width - text.size(), ' ');
  };
  core::print(network.name);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& [layer, shape, count] = rows[i];
    const std::string position = i < 2 ? "" : std::to_string(i - 1);
    core::print(str(pad(4, position), position, "  ", layer, pad(widths[0], layer), "  ", shape,
                    pad(widths[1], shape), "  ", pad(widths[2], count), count));
    if (i == 0) core::print("      " + std::string(widths[0] + widths[1] + widths[2] + 4, '-'));
  }
  core::print("");
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
  const config::Config config = from_run ? checkpoint::load_from(invocation.text("from", "")).config()
                                         : config::resolve(request, environ).config;
  const auto [generator, discriminator] = config::build_networks(config);
  if (invocation.has("json")) {
    core::print(Json{{"generator", to_json(generator)}, {"discriminator", to_json(discriminator)}}.dump(2));
    return 0;
  }
  core::print(str("preset ", config.preset, ", ", config.size, "x", config.size, "x", config.channels, "\n"));
  print_table(generator);
  print_table(discriminator);
  print_total(generator);
  print_total(discriminator);
  return 0;
}

}  // namespace facegan::app
