#include "app/command_line/completion/described.h"

#include <algorithm>
#include <cctype>

#include "app/command_line/cli.h"
#include "facegan/config/options.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"

namespace facegan::app {
namespace {

using core::str;

bool is_small_or_digit(unsigned char c) {
  return std::islower(c) || std::isdigit(c) || c == '_' || c == '-';
}

// Of "mean|raw" both, of "lite0|FILE" the first, of "N|30m" and "1|3" the numbers alone that are no examples.
bool stands_for_itself(const std::string& part) {
  return std::all_of(part.begin(), part.end(), is_small_or_digit) &&
         (!std::isdigit(static_cast<unsigned char>(part[0])) ||
          std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c); }));
}

Flag described_own(const OwnFlag& own) {
  Flag flag{str("--", own.name), own.help, describe_value(own.name, own.value)};
  flag.value.may_repeat = may_be_repeated(own);
  return flag;
}

Flag described_option(const config::Option& option) {
  std::string help = option.help;
  const std::string fallback = config::get_option(config::Config{}, option);
  if (*option.value && !fallback.empty()) help += str(" [", fallback, "]");
  return {config::flag_name(option.key), help, describe_value(option.key, option.value), !*option.value,
          &option};
}

}  // namespace

Value describe_value(const std::string& name, const std::string& shown) {
  Value value{.shown = shown};
  value.is_optional = shown.starts_with('[');
  std::string bare = value.is_optional ? shown.substr(1, shown.size() - 2) : shown;
  value.takes_several = bare.ends_with("...");
  if (value.takes_several) bare.resize(bare.size() - 3);
  for (const std::string& part : core::split(bare, '|')) {
    if (part.empty()) continue;
    if (part == "FILE" || part == "FILES" || part == "PATH") value.files = true;
    if (part == "DIR") value.folders = true;
    if (part == "RUN") value.runs = true;
    if (stands_for_itself(part)) value.words.push_back({part});
  }
  value.checkpoints = value.runs && value.files;
  if (!shown.empty()) add_known_words(name, value);
  return value;
}

std::vector<Described> describe(const std::vector<Command>& table) {
  std::vector<Described> out;
  for (const Command& command : table) {
    Described described{command.name, command.help, {}, describe_value("", command.argument)};
    for (const OwnFlag& own : command.flags) described.flags.push_back(described_own(own));
    if (command.options) described.flags.push_back(described_own(config_flag()));
    for (const config::Option& option : config::options())
      if (option.commands & command.options) described.flags.push_back(described_option(option));
    out.push_back(std::move(described));
  }
  return out;
}

std::vector<Flag> describe_general() {
  std::vector<Flag> flags;
  for (const OwnFlag& own : general_flags()) flags.push_back(described_own(own));
  return flags;
}

std::vector<std::string> groups_of(const std::vector<Described>& commands) {
  std::vector<std::string> groups;
  for (const Described& command : commands)
    if (const auto space = command.name.find(' '); space != std::string::npos)
      if (const std::string group = command.name.substr(0, space); groups.empty() || groups.back() != group)
        groups.push_back(group);
  return groups;
}

std::vector<Word> words_below(const std::vector<Described>& commands, const std::string& group) {
  std::vector<Word> words;
  for (const Described& command : commands) {
    const auto space = command.name.find(' ');
    const std::string first = command.name.substr(0, space);
    if (!group.empty() && first == group && space != std::string::npos)
      words.push_back({command.name.substr(space + 1), command.help});
    if (!group.empty()) continue;
    if (space == std::string::npos) {
      words.push_back({command.name, command.help});
    } else if (words.empty() || words.back().name != first) {
      words.push_back({first, ""});
      for (const Word& below : words_below(commands, first))
        words.back().help += (words.back().help.empty() ? "" : ", ") + below.name;
    }
  }
  if (group.empty()) words.push_back({"help", "show the options of a command"});
  return words;
}

std::string runs_pattern() {
  return str("runs/*/", run::kConfigFile.name);
}

}  // namespace facegan::app
