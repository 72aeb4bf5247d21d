// facegan explain: what a picture or animation of facegan's says of itself, and the command that makes it
// again.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command_line/call_again.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/image/image.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;
using Json = nlohmann::ordered_json;
constexpr std::uint64_t kMaxBytes =
    (std::uint64_t{1} << 30) +
    (std::uint64_t{64} << 20);  // of the largest sheet; longer animations are refused

struct Explained {
  std::string file;
  image::FileText text;           // the fields: facegan's alone, in their order
  std::optional<CallAgain> call;  // that makes it again
  std::string checkpoint;         // whether it is where the call names it: "is there", or what to do
  std::string advice;             // how to make it again where there is no call; what --out must be
  bool found = false;             // the checkpoint

  std::string field(const char* name) const {
    for (const auto& [keyword, value] : text.fields)
      if (keyword == name) return value;
    return "";
  }
};

image::FileText read_fields(const std::string& file) {
  const std::string name = core::printable(file);
  const std::string bytes = core::read_file(file, kMaxBytes, ErrorKind::data);
  image::FileText own{};
  try {
    own = image::read_text_fields(image::as_bytes(bytes));
    std::erase_if(own.fields, [](const auto& field) {
      return !field.first.starts_with("facegan:") && field.first != run::kFieldSoftware;
    });
  } catch (const Error& error) {
    throw Error(ErrorKind::data, str(name, ": ", error.what()));
  }
  for (const auto& [keyword, text] : own.fields)
    if (keyword == run::kFieldKind) return own;
  throw Error(ErrorKind::data, str(name,
                                   " has no text fields of facegan's: another program has made it, or "
                                   "written it again"));
}

// Whether the checkpoint of the call is where it says.
void look_for_checkpoint(Explained& e) {
  const std::string from = e.call->own.at("from"), hash = e.call->own.at("checkpoint-hash");
  const std::string advice = str("; look for it by its checksum (grep -l ", hash,
                                 " runs/*/checkpoints/*.safetensors) and name it with "
                                 "--from");
  std::error_code error;
  if (!fs::is_regular_file(from, error)) {
    e.checkpoint = "is not there" + advice;
    return;
  }
  try {
    e.found = run::load_file(from).text(core::kChecksumKey) == hash;
    e.checkpoint = e.found ? "is there, and is the one" : "is another one now" + advice;
  } catch (const Error& damaged) {
    e.checkpoint = str("cannot be used (", damaged.what(), ")", advice);
  }
}

std::string train_advice(const std::string& file) {
  const fs::path samples = fs::path(file).parent_path(),
                 config = run::file_in(samples.parent_path(), run::kConfigFile).path();
  std::error_code error;
  const bool there = samples.filename() == run::kSamples.name && fs::exists(config, error) &&
                     core::shows_as_it_is(config.string());
  return str("A run writes this itself; its ", run::kConfigFile.name,
             " repeats the run, and with it this file:\n", "facegan train --config ",
             there ? core::shell_quoted(config.string()) : str("RUN/", run::kConfigFile.name));
}

// Of a picture that names no command.
std::string advice_without_call(const std::string& kind, const Explained& e) {
  const std::string& file = e.file;
  if (kind == run::kKindScores) return "facegan score --sheet makes such a sheet of the pictures it is given";
  if (kind == run::kKindReal && fs::path(file).filename() != fs::path(run::kRealGrid.name).filename())
    return "facegan data preview makes such a grid of a data set, and each run makes its own";
  if (kind == run::kKindHistory)
    return "facegan animate RUN makes such an animation of a run's grids; a run writes its training.gif "
           "itself";
  if (kind == run::kKindReal || kind == run::kKindGrid) return train_advice(file);
  if (kind == run::kKindPage && !e.field(run::kFieldSeed).empty())
    return str("a page of facegan explore made it; facegan sample --seed ",
               core::printable(e.field(run::kFieldSeed)), " makes such pictures of the same model");
  if (kind == run::kKindPage && !e.field(run::kFieldLink).empty())
    return str(
        "a page of facegan explore made it, from no seed alone; the page shows it again with this behind its "
        "name: ",
        core::printable(e.field(run::kFieldLink)));
  if (kind == run::kKindPage)
    return "a page of facegan explore made it, from no seed alone: its latent is in the file, and the page's "
           "link "
           "shows it again";
  return "it does not say which command makes it again";
}

std::string out_advice(const std::string& kind, const Explained& e) {
  if (kind == run::kKindPage) return "add --out FILE.png; pixels may differ by 2";
  if (kind != "frame") return str("add --out FILE", e.text.ending);
  return str("add --out FOLDER/; this is frame ", core::printable(e.field(run::kFieldFrame)),
             " of those in it");
}

Explained explain(const std::string& file) {
  Explained e{file, read_fields(file), {}, {}, {}};
  const std::string kind = e.field(run::kFieldKind), command = e.field(run::kFieldCommand);
  if (command.empty()) {
    e.advice = advice_without_call(kind, e);
    return e;
  }
  try {
    e.call = parse_call(command);
  } catch (const Error& refused) {  // of a stranger, or of another version
    e.advice = refused.what();
    return e;
  }
  look_for_checkpoint(e);
  e.advice = out_advice(kind, e);
  return e;
}

// "facegan:checkpoint-hash" -> "checkpoint-hash"
std::string short_name(const std::string& keyword) {
  const auto colon = keyword.find(':');
  return core::printable(colon == std::string::npos ? keyword : keyword.substr(colon + 1));
}

void print_row(const std::string& name, const std::string& value) {
  core::print(str(name, std::string(name.size() < 18 ? 18 - name.size() : 1, ' '), value));
}

void print_text(const Explained& e) {
  print_row("file", core::printable(e.file));
  for (const auto& [keyword, text] : e.text.fields)
    if (keyword != run::kFieldCommand) print_row(short_name(keyword), core::printable(text));
  if (!e.call) {
    core::print("\n" + e.advice);
    return;
  }
  print_row("checkpoint", str(core::printable(e.call->own.at("from")), " ", e.checkpoint));
  core::print(str("\n", e.field(run::kFieldKind) == run::kKindPage ? "The same picture" : "The same bytes",
                  " again (", e.advice, "):\n", text_of(*e.call)));
}

void print_json(const Explained& e) {
  Json fields = Json::object();
  for (const auto& [keyword, text] : e.text.fields)
    if (keyword != run::kFieldCommand && !fields.contains(keyword)) fields[keyword] = text;
  Json json = {{"file", e.file}, {"fields", fields}};
  if (e.call) {
    json["checkpoint"] = {{"path", e.call->own.at("from")}, {"found", e.found}, {"state", e.checkpoint}};
    json["command"] = text_of(*e.call);
    json["arguments"] = words_of(*e.call);
  }
  json["advice"] = e.advice;
  core::print(json.dump(2, ' ', false, Json::error_handler_t::replace));  // text need not be UTF-8
}

}  // namespace

int run_explain(const Invocation& invocation) {
  if (invocation.arguments.empty())
    throw Error(ErrorKind::usage, "explain needs the file to explain: facegan explain FILE");
  const Explained explained = explain(invocation.arguments.front());
  invocation.has("json") ? print_json(explained) : print_text(explained);
  return 0;
}

}  // namespace facegan::app
