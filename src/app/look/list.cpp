// facegan list: the tables of names, for people, as JSON and as Markdown for docs/architectures.md; the runs.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/command_line/commands.h"
#include "app/look/list_runs.h"
#include "facegan/config/presets.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/spec/network.h"

namespace facegan::app {
namespace {

using core::str;
using Json = nlohmann::ordered_json;

struct Entry {
  std::string name, text;
  std::vector<std::pair<std::string, std::string>> details{};
};
using Entries = std::vector<Entry>;

template <class Row>
Entries entries_of(const std::vector<Row>& named) {
  Entries entries;
  for (const auto& row : named) entries.push_back({row.name, row.help});
  return entries;
}

// Those that are recommended first.
Entries preset_entries() {
  Entries entries;
  std::ptrdiff_t recommended = 0;
  for (const auto& preset : config::presets()) {
    const config::Config config = config::resolve({.preset = preset.name}, nullptr).config;
    const auto networks = config::build_networks(config);
    std::string data = config.dataset;
    for (const auto& set : spec::datasets())
      if (config.dataset == set.name) data += str(" (", set.help, ")");
    entries.insert(
        preset.recommended ? entries.begin() + recommended++ : entries.end(),
        {preset.name,
         preset.description,
         {{"kind", preset.recommended ? "recommended, facegan's own" : "as published"},
          {"source", preset.source},
          {"pictures", str(config.size.both(), config.channels == 1 ? " grey" : " colour")},
          {"parameters", str(core::with_thousands(networks.generator.total()), " generator, ",
                             core::with_thousands(networks.discriminator.total()), " discriminator")},
          {"data", data}}});
  }
  return entries;
}

// "side of the square kernel; 1 to 64, required"
std::string describe(const spec::Parameter& parameter) {
  std::string text = parameter.help;
  using Type = spec::ParameterType;
  if (parameter.type == Type::integer || parameter.type == Type::extent || parameter.type == Type::real)
    text += str("; ", core::number_text(parameter.low), " to ", core::number_text(parameter.high));
  else if (parameter.type == Type::word)
    text += "; " + core::join(parameter.choices, " or ");
  if (!parameter.fallback) return text + "; required";
  return *parameter.fallback ? str(text, " [", parameter.fallback, "]") : text;
}

Entries layer_entries() {
  Entries entries;
  for (const auto& kind : spec::layer_kinds()) {
    entries.push_back({kind.name, kind.help});
    for (const auto& parameter : kind.parameters)
      entries.back().details.emplace_back(parameter.name, describe(parameter));
  }
  entries.push_back({"repeat",
                     "other layers several times; $i counts from 0 inside",
                     {{"times", "how often, such as $stages - 1; 0 to 100; required"},
                      {"layers", "the list of layers; required"}}});
  return entries;
}

struct Kind {
  const char *name, *heading, *use;
  Entries (*entries)();
};
constexpr Kind kKinds[] = {
    {"presets", "Presets", "--preset", preset_entries},
    {"datasets", "Data sets", "--dataset", [] { return entries_of(spec::datasets()); }},
    {"losses", "Losses", "--loss", [] { return entries_of(spec::losses()); }},
    {"updates", "Update orders", "--update", [] { return entries_of(spec::update_orders()); }},
    {"initialisers", "Initialisers", "--init", [] { return entries_of(spec::initialisers()); }},
    {"layers", "Layers", "generator: and discriminator:", layer_entries}};

std::string as_text(const Kind& kind) {
  const Entries entries = kind.entries();
  std::size_t width = 0;
  for (const auto& [name, text, details] : entries) {
    width = std::max(width, name.size());
    for (const auto& [detail, unused] : details) width = std::max(width, detail.size() + 2);
  }
  std::string out = str(kind.heading, " (", kind.use, "):");
  const auto add = [&](const std::string& indent, const std::string& name, const std::string& text) {
    out += str("\n  ", indent, name, std::string(width + 2 - indent.size() - name.size(), ' '), indent, text);
  };
  for (const auto& [name, text, details] : entries) {
    add("", name, text);
    for (const auto& [detail, what] : details) add("  ", detail, what);
  }
  return out;
}

std::string as_markdown(const Kind& kind) {
  std::string out = str("### ", kind.heading, "\n\n| name | what |\n| --- | --- |");
  for (const auto& [name, text, details] : kind.entries()) {
    out += str("\n| `", name, "` | ", text, " |");
    for (const auto& [detail, what] : details) out += str("\n| - ", detail, " | ", what, " |");
  }
  return out;
}

Json as_json(const Kind& kind) {
  Json rows = Json::array();
  for (const auto& [name, text, details] : kind.entries()) {
    rows.push_back({{"name", name}, {"what", text}});
    for (const auto& [detail, what] : details) rows.back()["details"][detail] = what;
  }
  return rows;
}

void print_kinds(const std::vector<Kind>& kinds, const Invocation& invocation) {
  if (invocation.has("json")) {
    Json all;
    for (const Kind& kind : kinds) all[kind.name] = as_json(kind);
    core::print((kinds.size() == 1 ? all.front() : all).dump(2));
    return;
  }
  std::vector<std::string> blocks;
  for (const Kind& kind : kinds)
    blocks.push_back(invocation.has("markdown") ? as_markdown(kind) : as_text(kind));
  core::print(core::join(blocks, "\n\n"));
}

// Flags that only mean something with, or without, another one.
void check_flags(const Invocation& invocation, bool lists_runs) {
  if (invocation.has("json") && invocation.has("markdown"))
    throw Error(ErrorKind::usage, "--json and --markdown exclude each other");
  if (lists_runs && invocation.has("markdown"))
    throw Error(ErrorKind::usage, "--markdown is for the tables of names; 'list runs' has --json");
  if (!lists_runs && invocation.has("runs")) throw Error(ErrorKind::usage, "--runs goes with 'list runs'");
}

}  // namespace

int run_list(const Invocation& invocation) {
  const std::string wanted = invocation.arguments.empty() ? "" : invocation.arguments.front();
  const bool lists_runs = wanted == "runs";
  check_flags(invocation, lists_runs);
  if (lists_runs) {
    list_runs(invocation.text("runs", "runs"), invocation.has("json"));
    return 0;
  }
  std::vector<std::string> known;
  std::vector<Kind> kinds;
  for (const Kind& kind : kKinds) {
    known.emplace_back(kind.name);
    if (wanted.empty() || wanted == kind.name) kinds.push_back(kind);
  }
  if (kinds.empty()) {
    known.emplace_back("runs");
    const std::string hint = core::did_you_mean(wanted, known);
    throw Error(ErrorKind::usage, str("there is no list of '", core::printable(wanted), "'",
                                      hint.empty() ? "; there are " + core::join(known, ", ") : hint));
  }
  print_kinds(kinds, invocation);
  return 0;
}

}  // namespace facegan::app
