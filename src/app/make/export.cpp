// facegan export: a network for other programs, in files of theirs.
#include <algorithm>
#include <filesystem>
#include <functional>

#include "app/command_line/call_again.h"
#include "app/command_line/weights.h"
#include "app/make/model_out.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/inside.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/exchange/card.h"
#include "facegan/exchange/network.h"
#include "facegan/exchange/onnx.h"
#include "facegan/exchange/safetensors.h"
#include "facegan/exchange/torchscript.h"
#include "facegan/infer/picture_maker.h"
#include "facegan/run/best.h"
#include "facegan/run/files.h"
#include "facegan/run/provenance.h"
#include "facegan/run/record.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;

struct Format {
  const char* name;
  const char* ending;
  std::string (*bytes)(const exchange::Network&);  // none: the page
};
constexpr Format kFormats[] = {{"html", ".html", nullptr},
                               {"safetensors", ".safetensors", exchange::safetensors},
                               {"torchscript", ".pt", exchange::torchscript},
                               {"onnx", ".onnx", exchange::onnx}};
constexpr std::int64_t kSampleRows = 4, kSampleColumns = 8;

struct Wanted {
  std::vector<const Format*> formats;
  exchange::Part part = exchange::Part::generator;
  infer::Weights weights{};
  bool fold = false;
  fs::path out;  // a folder, or the file of the one format; empty: a file of this folder
  bool folder = false;
};

std::vector<const Format*> read_formats(const std::string& text) {
  std::vector<const Format*> formats;
  for (const std::string& part : core::split(text, ',')) {
    const std::string name(core::trim(part));
    const auto* found = std::find_if(std::begin(kFormats), std::end(kFormats),
                                     [&](const Format& f) { return name == f.name; });
    if (found == std::end(kFormats))
      throw Error(
          ErrorKind::usage,
          str("--to is html, safetensors, torchscript or onnx, or several of them (safetensors,onnx), not '",
              core::printable(text), "'"));
    if (std::find(formats.begin(), formats.end(), found) == formats.end()) formats.push_back(found);
  }
  return formats;
}

Wanted read_wanted(const Invocation& invocation) {
  Wanted wanted{read_formats(invocation.text("to", ""))};
  const std::string network = invocation.text("network", "g");
  std::string out = invocation.text("out", "");
  if (network != "g" && network != "d")
    throw Error(ErrorKind::usage, str("--network is g, the generator, or d, the discriminator, not '",
                                      core::printable(network), "'"));
  wanted.part = network == "g" ? exchange::Part::generator : exchange::Part::discriminator;
  wanted.weights = weights_of(invocation);
  wanted.fold = invocation.has("fold-batch-norm");
  const bool several = wanted.formats.size() > 1;
  if (out == "." && !several) out.clear();  // this folder, the usual name
  std::error_code error;                    // a place that cannot be looked at is refused when it is written
  wanted.out = out;
  wanted.folder =
      out.ends_with('/') || fs::is_directory(out, error) || (!out.empty() && !wanted.out.has_extension());
  if (several && !wanted.folder) throw Error(ErrorKind::usage, "several files need a folder: --out FOLDER/");
  const Format& format = *wanted.formats.front();
  if (!out.empty() && !wanted.folder && !out.ends_with(format.ending))
    throw Error(ErrorKind::usage, str("--out ", core::printable(out), ": a file of --to ", format.name,
                                      " ends in ", format.ending, "; a folder ends in /"));
  if (wanted.part == exchange::Part::discriminator) {
    for (const Format* each : wanted.formats)
      if (!each->bytes) throw Error(ErrorKind::usage, "--to html is for the generator, which makes pictures");
    if (invocation.has("weights"))
      throw Error(ErrorKind::usage, "--weights: the discriminator has no mean of weights; leave it out");
  }
  return wanted;
}

// Of quality, as the run's last line of metrics up to this checkpoint has them.
std::vector<std::pair<std::string, std::string>> figures_of(const fs::path& run, std::int64_t step) {
  std::vector<std::pair<std::string, std::string>> figures;
  if (run.empty()) return figures;
  run::Record record;
  record.folder = run;
  record.update();
  for (const spec::MetricKey metric : spec::metrics()) {
    if (!std::string_view(metric.facts().tag).starts_with("quality/")) continue;
    std::optional<double> value;
    for (const run::Metrics& row : record.rows())
      if (row.step <= step && row.has(metric)) value = row[metric];
    if (value) figures.emplace_back(metric.facts().name, core::short_number(*value));
  }
  return figures;
}

// A folder may be one that others made: no link in it is followed.
void write_into(const fs::path& folder, const std::string& name, std::string_view bytes) {
  core::write_file_atomic(core::Inside{folder, name}, bytes);
  core::print((folder / name).string());
}

// The call that makes the sheet again; "" for a checkpoint whose place is nobody's business elsewhere.
std::string call_of_sheet(const exchange::Network& network) {
  if (network.from.empty()) return "";
  CallAgain again;
  for (const Command& command : commands())
    if (std::string_view(command.name) == "sample") again.command = &command;
  again.own = {{"from", network.from},
               {"checkpoint-hash", network.hash},
               {"seed", "1"},
               {"count", str(kSampleRows * kSampleColumns)},
               {"grid", str(kSampleRows, "x", kSampleColumns)},
               {"device", "cpu"}};
  if (network.weights == infer::Weights::raw && config::parse_half_life(network.config.ema) > 0)
    again.own["weights"] = "raw";
  return text_of(again);
}

std::string sheet_of(const run::Loaded& loaded, const exchange::Network& network) {
  const infer::PictureMaker maker(loaded, {.device = "cpu", .weights = network.weights});
  image::TextFields more = {{run::kFieldSeed, "1"},
                            {run::kFieldIndex, str("0-", kSampleRows * kSampleColumns - 1)}};
  if (maker.sampler().conditions().any()) more.emplace_back(run::kFieldCondition, "as real pictures have it");
  std::vector<infer::Sample> samples;
  for (std::uint64_t k = 0; k < kSampleRows * kSampleColumns; ++k) samples.push_back({1, k});
  return image::encode_png(
      maker.sheet(maker.pictures(maker.sampler().latents(samples)), kSampleRows, kSampleColumns),
      maker.fields("sheet", more, call_of_sheet(network)));
}

// The sheet first: what is too large for this machine is refused before anything is written.
void write_folder(const Wanted& wanted, const run::Loaded& loaded, const exchange::Network& network,
                  const std::function<std::string(const Format&)>& bytes_of) {
  exchange::CardFacts facts;
  facts.figures = figures_of(run_of(loaded), network.step);
  if (loaded.file.metadata.contains(run::kKeyCount)) facts.pictures = loaded.integer(run::kKeyCount);
  const bool g = wanted.part == exchange::Part::generator;
  const std::string sheet = g ? sheet_of(loaded, network) : "";
  core::make_folder(wanted.out);
  for (const Format* format : wanted.formats) {
    facts.files.push_back(format->bytes ? str(g ? "model" : "discriminator", format->ending)
                                        : "explore.html");
    write_into(wanted.out, facts.files.back(), bytes_of(*format));
    if (format->bytes == exchange::safetensors)
      write_into(wanted.out, "facegan.py", exchange::python_reader());
  }
  if (g) write_into(wanted.out, facts.sample = "sample.png", sheet);
  const core::Inside card{wanted.out, "README.md"};
  if (core::exists(card)) {
    core::log_info(core::printable(card.path().string()), " was there before and stays as it is");
    return;
  }
  write_into(wanted.out, "README.md", exchange::model_card(network, facts));
  core::log_info(
      "README.md is a model card: fill in what it says of data and licence before you share the folder");
}

}  // namespace

int run_export(const Invocation& invocation) {
  if (!invocation.has("to"))
    throw Error(
        ErrorKind::usage,
        "export needs --to: html (a page that computes the pictures), safetensors, torchscript or onnx");
  const Wanted wanted = read_wanted(invocation);
  const run::Loaded loaded = load_model_of(invocation);
  exchange::Network network = exchange::load_network(loaded, wanted.part, wanted.weights);
  check_weights(invocation, loaded.path.string(), network.weights);
  if (wanted.fold) exchange::fold_batch_norms(network);
  const auto bytes_of = [&](const Format& format) {
    return format.bytes ? format.bytes(network) : page_of(loaded, network);
  };
  if (wanted.folder) {
    write_folder(wanted, loaded, network, bytes_of);
    return 0;
  }
  const Format& format = *wanted.formats.front();
  const std::string bytes = bytes_of(format);
  const bool g = wanted.part == exchange::Part::generator;
  core::log_info(core::human_bytes(bytes.size()), " in one file");
  write_output(
      wanted.out.empty() ? fs::path(str(stem_of(network.run), g ? "" : "-d", format.ending)) : wanted.out,
      bytes);
  return 0;
}

}  // namespace facegan::app
