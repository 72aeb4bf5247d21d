#include <algorithm>

#include "app/command_line/cli.h"
#include "app/command_line/completion/described.h"
#include "app/command_line/completion/roff.h"
#include "app/command_line/completion/scripts.h"
#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

using core::str;
using Names = std::vector<std::string>;

// Of the version, and not of the build: the same page everywhere.
constexpr const char* kDate = "2026-11-28";
static_assert(std::string_view(kVersion) == "0.2.0", "a new version has a new date: kDate");

// "--[no-]flip", "--resume [RUN]".
std::string term_of(const Flag& flag) {
  if (flag.name == "--help") return bold("-h") + ", " + bold("--help");
  if (flag.has_no) return bold("--[no-]" + flag.name.substr(2));
  return bold(flag.name) + (flag.value.shown.empty() ? "" : " " + italic(flag.value.shown));
}

std::string sentence(std::string text) {
  return roff(text) + ".";
}

void add_synopsis(ManualPage& page) {
  page.section("NAME");
  page.paragraph("facegan \\- train a DCGAN on pictures and make new ones with it");
  page.section("SYNOPSIS");
  page.paragraph(str(bold("facegan"), " ", italic("COMMAND"), " [", italic("options"), "]"));
  page.paragraph(str(bold("facegan help"), " [", italic("COMMAND"), "]"));
  page.section("DESCRIPTION");
  page.paragraph(
      roff("facegan trains a generator and a discriminator, which learn from each other, on CelebA, LFW, "
           "MNIST or any folder or archive of pictures, and makes new pictures with them. Runs lie in runs/ "
           "of the current folder; one that was stopped continues exactly where it stopped."));
  page.paragraph(
      str(roff("A setting comes from its default, a preset, a file of settings ("), bold("--config"),
          roff("), the environment ("), bold("FACEGAN_"), italic("KEY"),
          roff(") or a flag; what stands later in this list counts. facegan config prints the outcome.")));
}

void add_commands(ManualPage& page, const std::vector<Described>& commands) {
  page.section("COMMANDS");
  for (const Described& command : commands) {
    page.part(roff(str("facegan ", command.name, command.argument.shown.empty() ? "" : " ",
                       command.argument.shown, command.flags.empty() ? "" : " [options]")));
    page.paragraph(sentence(command.help));
    std::string settings;
    for (const Flag& flag : command.flags)
      if (flag.option) settings += (settings.empty() ? "" : ", ") + bold(flag.name);
    for (const Flag& flag : command.flags)
      if (!flag.option) page.entry(term_of(flag), sentence(flag.help));
    if (!settings.empty()) page.paragraph(str("Settings, described in OPTIONS: ", settings, "."));
  }
  page.part("All commands");
  for (const Flag& flag : describe_general()) page.entry(term_of(flag), sentence(flag.help));
}

// In full: 1000000000, 0.999999.
std::string bound_text(double value) {
  const bool is_whole = value >= 1 && value == static_cast<double>(static_cast<std::int64_t>(value));
  return is_whole ? std::to_string(static_cast<std::int64_t>(value)) : core::number_text(value);
}

// Its key, its default, and what it can be.
std::string facts_of(const config::Option& option, const Flag& flag) {
  std::string out = str("Key ", bold(option.key), ".");
  if (const std::string value = config::get_option(config::Config{}, option); !value.empty())
    out += str(" Default: ", bold(value), ".");
  if (option.choices)
    out += " One of " + roff(core::join(option.choices(), ", ")) + ".";
  else if (*option.form)
    out += str(" It is ", roff(option.form), ".");
  else if (option.low < option.high)
    out += str(" From ", roff(bound_text(option.low)), " to ", roff(bound_text(option.high)), ".");
  if (!option.commands) out += " Not a flag: in files and the environment only.";
  if (option.on_resume) out += str(" May be changed when a run is resumed.");
  return flag.value.shown.empty()
             ? out + str(" In files and the environment ", bold("true"), " or ", bold("false"), ".")
             : out;
}

void add_options(ManualPage& page) {
  page.section("OPTIONS");
  page.paragraph(str(
      "The settings of a training and of what else needs some of them. Each has a key, which is its name in "
      "files of settings; in the environment it is ",
      bold("FACEGAN_"), " and the key in capitals, such as ", bold(config::environment_name("lr_g")), "."));
  Names groups;
  for (const config::Option& option : config::options()) {
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) {
      groups.emplace_back(option.group);
      page.part(option.group);
    }
    const Flag flag{.name = config::flag_name(option.key),
                    .value = describe_value(option.key, option.value),
                    .has_no = !*option.value};
    page.entry(option.commands ? term_of(flag) : bold(option.key),
               sentence(option.help) + " " + facts_of(option, flag));
  }
}

void add_exit_status(ManualPage& page) {
  page.section("EXIT STATUS");
  const auto row = [&](int code, const char* meaning) {
    page.entry(bold(std::to_string(code)), roff(meaning));
  };
  const auto kind = [&](ErrorKind code, const char* meaning) { row(static_cast<int>(code), meaning); };
  row(0, "It did what was asked. A training that ends by its limit of time is one that did.");
  row(1, "doctor: a training would not start.");
  kind(ErrorKind::usage, "The command line, a setting or the device cannot be used.");
  kind(ErrorKind::data, "A data set or picture is missing or cannot be read.");
  kind(ErrorKind::checkpoint, "There is no such run, or its checkpoint is damaged, foreign or another one.");
  kind(ErrorKind::numeric, "The training diverged.");
  kind(ErrorKind::io, "Something could not be written: a full disk, no permission.");
  kind(ErrorKind::rank, "Another process of the same training has ended or is silent.");
  kind(ErrorKind::internal, "A fault of facegan itself.");
  kind(ErrorKind::memory, "Out of memory.");
  page.entry(str("128 + ", italic("N")),
             roff("A training was ended by signal N (INT, TERM or HUP); it has saved its state, unless the "
                  "signal came twice."));
}

void add_files(ManualPage& page) {
  page.section("FILES");
  const auto file = [&](const run::RunFile& name, const char* meaning) {
    page.entry(str("runs/", italic("RUN"), "/", bold(name.name)), roff(meaning));
  };
  file(run::kConfigFile, "The whole recipe of a run; train --config on it repeats the run.");
  file(run::kInfoFile, "How the run stands or ended, and on what machine.");
  file(run::kMetricsFile, "Losses and other numbers, a line of JSON each.");
  file(run::kCsvFile, "The same as a table.");
  file(run::kPageFile, "The run on one page, for a browser.");
  file(run::kAnimationFile, "The grids of the epochs as an animation.");
  file(run::kLogFile, "What was said.");
  file(run::kSamples, "A grid of pictures for each epoch.");
  file(run::kCheckpoints, "Complete states of the training, as safetensors.");
  page.entry(bold("~/.cache/facegan"),
             roff("Decoded pictures that runs share (packed), weights and features of evaluate --features "
                  "(features). It can be removed."));
}

void add_environment(ManualPage& page) {
  page.section("ENVIRONMENT");
  const auto row = [&](const char* name, const char* meaning) { page.entry(bold(name), roff(meaning)); };
  page.entry(str(bold("FACEGAN_"), italic("KEY")),
             roff("A setting, see OPTIONS. An empty one is as one that is not set."));
  row("FACEGAN_CACHE", "The folder used in the place of ~/.cache/facegan.");
  row("FACEGAN_LIBTORCH",
      "The folder of the LibTorch that is used, in the place of the one that was found by itself. It is of "
      "the minor version that facegan was compiled for.");
  row("XDG_CACHE_HOME", "Where the cache folder facegan lies, in the place of ~/.cache.");
  row("CUDA_VISIBLE_DEVICES", "Which GPUs there are for facegan.");
  row("NO_COLOR", "Messages have no colours when it is set.");
  row("TERM", "With TERM_PROGRAM, TMUX, LANG and others: how --preview shows pictures.");
}

void add_examples(ManualPage& page) {
  page.section("EXAMPLES");
  page.example("Train on portraits that facegan draws itself, for three minutes:",
               "facegan train --preset quickstart");
  page.example("Train on a folder of pictures for half an hour:",
               "facegan train --dataset folder --data ~/Pictures/cats --epochs auto --max-time 30m");
  page.example("Go on with the newest run, up to 100 epochs in all:", "facegan train --resume --epochs 100");
  page.example("Make 64 new pictures with run 3:", "facegan sample --from 3 --seed 1234");
  page.example("Walk from picture to picture:", "facegan interpolate --seed 1,2,3 --closed --out walk.gif");
  page.example("Measure how far generated pictures are from real ones:", "facegan evaluate --from 3");
  page.example("Complete commands in bash:", "source <(facegan completion bash)");
  page.section("SEE ALSO");
  page.paragraph(
      roff("facegan COMMAND --help; README.md and docs/ of facegan: architectures.md on files of settings, "
           "reliability.md on what a run survives, install.md on installing."));
}

}  // namespace

std::string manual_page(const std::vector<Command>& table) {
  ManualPage page("FACEGAN", kDate, str("facegan ", kVersion));
  add_synopsis(page);
  add_commands(page, describe(table));
  add_options(page);
  add_exit_status(page);
  add_files(page);
  add_environment(page);
  add_examples(page);
  return page.text();
}

}  // namespace facegan::app
