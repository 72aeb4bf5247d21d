// Help made from the tables of commands and options.
#include <algorithm>

#include "app/command_line/cli.h"
#include "facegan/config/options.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

using core::str;

struct Row {
  std::string left, right;
};

// "  --epochs N           passes over the data, in all [25]"
void add_rows(std::string& out, const std::string& heading, const std::vector<Row>& rows) {
  constexpr std::size_t kColumn = 26;
  if (rows.empty()) return;
  out += "\n" + heading + ":\n";
  for (const auto& [left, right] : rows) {
    std::string line = "  " + left;
    line += line.size() + 2 > kColumn ? "\n" + std::string(kColumn, ' ')
                                      : std::string(kColumn - line.size(), ' ');
    out += line + right + "\n";
  }
}

Row own_row(const OwnFlag& flag) {
  return {str("--", flag.name, *flag.value ? " " : "", flag.value), flag.help};
}

void add_general(std::string& out) {
  std::vector<Row> rows;
  for (const OwnFlag& flag : general_flags()) {
    rows.push_back(own_row(flag));
    if (rows.back().left == "--help") rows.back().left = "-h, --help";
  }
  add_rows(out, "General", rows);
  out.pop_back();  // the printer ends the line
}

Row option_row(const config::Option& option) {
  const std::string flag = config::flag_name(option.key);
  if (!*option.value) return {"--[no-]" + flag.substr(2), option.help};
  const std::string fallback = config::get_option(config::Config{}, option);
  return {str(flag, " ", option.value),
          fallback.empty() ? option.help : str(option.help, " [", fallback, "]")};
}

}  // namespace

const std::vector<OwnFlag>& general_flags() {
  static const std::vector<OwnFlag> flags = {
      {"quiet", "", "warnings and errors only"},
      {"verbose", "", "more log lines"},
      {"log-format", "text|json", "form of the log lines on standard error [text]"},
      {"help", "", "this text"},
      {"version", "", "the version"},
  };
  return flags;
}

const OwnFlag& config_flag() {
  static const OwnFlag flag = {
      "config", "FILE",
      "settings as YAML; keys are the flags with _ for -, and those of docs/architectures.md"};
  return flag;
}

std::string help_text(const std::vector<Command>& table) {
  std::string out =
      "facegan trains a DCGAN on pictures and makes new ones with it.\n\nUsage: facegan COMMAND [options]\n";
  std::vector<Row> rows;
  for (const Command& command : table) rows.push_back({command.name, command.help});
  add_rows(out, "Commands", rows);
  add_general(out);
  return out + "\n\n'facegan COMMAND --help' shows the options of a command.";
}

std::string help_text(const std::vector<Command>& table, const std::string& group) {
  std::vector<Row> rows;
  for (const Command& command : table)
    if (std::string_view(command.name).starts_with(group + " ")) rows.push_back({command.name, command.help});
  std::string out = str("Usage: facegan ", group, " COMMAND [options]\n");
  add_rows(out, "Commands", rows);
  return out + str("\n'facegan ", group, " COMMAND --help' shows the options of a command.");
}

std::string help_text(const Command& command) {
  const std::string argument = *command.argument ? str(" ", command.argument) : "";
  std::string out = str("facegan ", command.name, ": ", command.help, "\n\nUsage: facegan ", command.name,
                        argument, command.options || !command.flags.empty() ? " [options]" : "", "\n");
  if (command.options)
    out +=
        "\nA setting comes from: built-in default [in brackets] < preset < --config FILE < environment "
        "(FACEGAN_*) < flag.\n";
  std::vector<Row> rows;
  for (const OwnFlag& flag : command.flags) rows.push_back(own_row(flag));
  add_rows(out, "Options", rows);

  std::vector<std::string> groups;
  for (const auto& option : config::options())
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end())
      groups.emplace_back(option.group);
  for (const std::string& group : groups) {
    rows.clear();
    if (command.options && group == groups.front()) rows.push_back(own_row(config_flag()));
    for (const auto& option : config::options())
      if ((option.commands & command.options) && group == option.group) rows.push_back(option_row(option));
    add_rows(out, group, rows);
  }
  add_general(out);
  return out;
}

}  // namespace facegan::app
