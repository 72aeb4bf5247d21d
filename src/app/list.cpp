// facegan list: the tables of names.
#include <algorithm>

#include "app/commands.h"
#include "facegan/config/presets.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/spec/network.h"

namespace facegan::app {
namespace {

using core::str;

struct Row {
  std::string name, text;
};
using Rows = std::vector<Row>;

Rows preset_rows() {
  Rows rows;
  for (const auto& preset : config::presets()) {
    rows.push_back({preset.name, preset.description});
    if (!preset.source.empty()) rows.push_back({"", "source: " + preset.source});
  }
  return rows;
}

Rows named_rows(const std::vector<spec::Named>& named) {
  Rows rows;
  for (const auto& row : named) rows.push_back({row.name, row.help});
  return rows;
}

Rows dataset_rows() {
  return named_rows(spec::datasets());
}
Rows loss_rows() {
  return named_rows(spec::losses());
}

// A layer, then its parameters: "kernel N  side of the square kernel (1 to 64, required)".
Rows layer_rows() {
  Rows rows;
  for (const auto& kind : spec::layer_kinds()) {
    rows.push_back({kind.name, kind.help});
    for (const auto& parameter : kind.parameters) {
      const std::string fallback = parameter.fallback ? str(" [", parameter.fallback, "]") : ", required";
      rows.push_back({str("  ", parameter.name), str("  ", parameter.help, fallback)});
    }
  }
  rows.push_back({"repeat", "other layers several times; $i counts from 0 inside"});
  rows.push_back({"  times", "  how often, such as log2($size) - 3, required"});
  rows.push_back({"  layers", "  the list of layers, required"});
  return rows;
}

struct Kind {
  const char *name, *heading;
  Rows (*rows)();
};
constexpr Kind kKinds[] = {{"presets", "Presets (--preset)", preset_rows},
                           {"datasets", "Data sets (--dataset)", dataset_rows},
                           {"losses", "Losses (--loss)", loss_rows},
                           {"layers", "Layers (generator: and discriminator:)", layer_rows}};

}  // namespace

int run_list(const Invocation& invocation) {
  const std::string& wanted = invocation.argument;
  std::vector<std::string> known, blocks;
  for (const Kind& kind : kKinds) {
    known.emplace_back(kind.name);
    if (!wanted.empty() && wanted != kind.name) continue;
    const Rows rows = kind.rows();
    std::size_t width = 0;
    for (const Row& row : rows) width = std::max(width, row.name.size());
    std::string block = str(kind.heading, ":");
    for (const auto& [name, text] : rows)
      block += str("\n  ", name, std::string(width + 2 - name.size(), ' '), text);
    blocks.push_back(block);
  }
  if (blocks.empty()) {
    const std::string hint = core::did_you_mean(wanted, known);
    throw Error(ErrorKind::usage, str("there is no list of '", core::printable(wanted), "'",
                                      hint.empty() ? "; there are " + core::join(known, ", ") : hint));
  }
  core::print(core::join(blocks, "\n\n"));
  return 0;
}

}  // namespace facegan::app
