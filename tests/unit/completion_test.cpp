// The scripts for shells and the manual page have all that the tables have. What shells make of the scripts:
// tests/cli/completion_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/command_line/cli.h"
#include "app/command_line/completion/described.h"
#include "app/command_line/completion/roff.h"
#include "app/command_line/completion/scripts.h"
#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

using core::str;

// From the line that begins with `start` to the one that begins with `end`.
std::string part_of(const std::string& text, const std::string& start, const std::string& end) {
  const auto at = text.find("\n" + start);
  EXPECT_NE(at, std::string::npos) << start;
  if (at == std::string::npos) return "";
  return text.substr(at, text.find("\n" + end, at + 1) - at);
}

bool has_word(const std::string& text, const std::string& word) {
  const auto goes_on = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-'; };
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    if ((at == 0 || !goes_on(text[at - 1])) &&
        (at + word.size() == text.size() || !goes_on(text[at + word.size()])))
      return true;
  return false;
}

// The flags that the help of a command shows, without those of all commands.
std::vector<std::string> flags_of(const Command& command) {
  std::vector<std::string> flags;
  for (const OwnFlag& flag : command.flags) flags.push_back(str("--", flag.name));
  if (command.options) flags.emplace_back("--config");
  for (const auto& option : config::options()) {
    if (!(option.commands & command.options)) continue;
    flags.push_back(config::flag_name(option.key));
    if (!*option.value) flags.push_back("--no-" + flags.back().substr(2));
  }
  return flags;
}

std::string zsh_function(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '_');
  return "_facegan_" + name + "() {";
}

TEST(CompletionScripts, HaveEveryCommandAndFlag) {
  const std::string bash = bash_script(commands()), zsh = zsh_script(commands()),
                    fish = fish_script(commands());
  const std::string flags_of_bash = part_of(bash, "_facegan_flags() {", "}");
  const std::vector<std::string> lines = core::split(fish, '\n');
  for (const Command& command : commands()) {
    const std::string name = command.name, last = name.substr(name.find(' ') + 1);
    EXPECT_TRUE(has_word(part_of(bash, "_facegan_commands() {", "}"), last)) << name;
    const std::string list = name == last ? "commands() {" : name.substr(0, name.find(' ')) + "_commands() {";
    EXPECT_TRUE(has_word(part_of(zsh, "_facegan_" + list, "}"), last)) << name;
    EXPECT_TRUE(has_word(part_of(fish, "# Commands.", "\n"), "-a " + last)) << name;

    const std::string in_bash = part_of(flags_of_bash, "    " + core::shell_quoted(name) + ")", "    ");
    const std::string in_zsh = part_of(zsh, zsh_function(name), "}");
    for (const std::string& flag : flags_of(command)) {
      EXPECT_TRUE(has_word(in_bash, flag)) << name << " " << flag;
      EXPECT_TRUE(has_word(in_zsh, flag)) << name << " " << flag;
      EXPECT_TRUE(std::any_of(lines.begin(), lines.end(),
                              [&](const std::string& line) {
                                return has_word(line.substr(0, line.find(" -d ")), "-l " + flag.substr(2)) &&
                                       has_word(line.substr(0, line.find(" -l ")), last);
                              }))
          << name << " " << flag;
    }
  }
  for (const OwnFlag& flag : general_flags()) {
    for (const std::string& script : {bash, zsh})
      EXPECT_TRUE(has_word(script, str("--", flag.name))) << flag.name;
    EXPECT_TRUE(has_word(fish, str("-l ", flag.name))) << flag.name;
  }
}

TEST(CompletionScripts, ANewRowAppearsByItself) {
  const std::vector<Command> table = {{"new thing",
                                       "what's new: [all] of $it",
                                       0,
                                       {{"shiny", "dull|glossy|FILE", "how `much`"}},
                                       "[RUN...]",
                                       run_man}};
  EXPECT_NE(bash_script(table).find("'new thing') flags=(--shiny"), std::string::npos);
  EXPECT_NE(bash_script(table).find("--shiny) takes=1 source=files choices=(dull glossy) ;;"),
            std::string::npos);
  EXPECT_NE(zsh_script(table).find("'thing:what'\\''s new: [all] of $it'"), std::string::npos);
  EXPECT_NE(zsh_script(table).find("'--shiny=[how `much`]:dull|glossy|FILE:_facegan_value_shiny'"),
            std::string::npos);
  EXPECT_NE(fish_script(table).find(" -l shiny -r -F -a 'dull glossy' -d 'how `much`'"), std::string::npos);
  EXPECT_NE(
      manual_page(table).find(".SS \"facegan new thing [RUN...] [options]\"\nwhat\\(aqs new: [all] of $it."),
      std::string::npos);
}

TEST(CompletionScripts, ValuesAreThoseThatTheTableTakes) {
  std::size_t known = 0;
  for (const auto& option : config::options()) {
    const Value value = describe_value(option.key, option.value);
    EXPECT_EQ(value.shown, option.value);
    known += value.words.empty() ? 0 : 1;
    config::Config config;
    const auto takes = [&](const std::string& text) {
      try {
        config::set_option(config, option, text, "test");
        return true;
      } catch (const Error&) {
        return false;
      }
    };
    // Of a list some words stand behind another one only.
    for (const Word& word : value.words)
      EXPECT_TRUE(takes(word.name) || (value.is_list && takes(value.words.front().name + "," + word.name)))
          << option.key << " " << word.name;
    if (option.choices) {
      EXPECT_EQ(value.words.size(), option.choices().size()) << option.key;
    }
  }
  EXPECT_GE(known, 25u);
}

TEST(CompletionScripts, ValuesAreReadFromHowTheHelpShowsThem) {
  const auto words = [](const Value& value) {
    std::string all;
    for (const Word& word : value.words) all += word.name + " ";
    return all;
  };
  EXPECT_EQ(words(describe_value("x", "lite0|FILE|d")), "lite0 d ");
  EXPECT_TRUE(describe_value("x", "lite0|FILE|d").files);
  EXPECT_EQ(words(describe_value("x", "N|30m")), "");
  EXPECT_EQ(words(describe_value("x", "1|3")), "1 3 ");
  EXPECT_EQ(words(describe_value("x", "N|auto")), "auto ");
  EXPECT_TRUE(describe_value("x", "[RUN]").is_optional);
  EXPECT_TRUE(describe_value("x", "[RUN]").runs);
  EXPECT_FALSE(describe_value("x", "[RUN]").checkpoints);
  EXPECT_TRUE(describe_value("x", "[RUN...]").takes_several);
  EXPECT_TRUE(describe_value("from", "RUN|FILE").checkpoints);
  EXPECT_FALSE(describe_value("x", "").is_known());
}

TEST(ManualPage, HasEveryCommandFlagAndOption) {
  const std::string page = manual_page(commands());
  for (const Command& command : commands()) {
    const std::string part = part_of(page, ".SS \"" + roff(str("facegan ", command.name)), ".SS");
    EXPECT_NE(part.find(roff(command.help).substr(0, 20)), std::string::npos) << command.name;
    for (const std::string& flag : flags_of(command))
      if (!flag.starts_with("--no-")) {
        EXPECT_NE(part.find(bold(flag)), std::string::npos) << command.name << flag;
      }
  }
  const std::string options = part_of(page, ".SH OPTIONS", ".SH");
  std::string one_line = options;
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  for (const auto& option : config::options()) {
    const std::string flag = config::flag_name(option.key);
    const std::string term = option.commands == 0 ? bold(option.key)
                             : *option.value      ? bold(flag) + " " + italic(option.value)
                                                  : bold("--[no-]" + flag.substr(2));
    EXPECT_NE(options.find(".TP\n" + term + "\n"), std::string::npos) << option.key;
    EXPECT_NE(one_line.find("Key " + bold(option.key)), std::string::npos) << option.key;
  }
  EXPECT_NE(
      one_line.find(str("Key ", bold("seed"), ". Default: ", bold("1"), ". From 0 to 9007199254740991.")),
      std::string::npos);
  for (const char* section : {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS",
                              "FILES", "ENVIRONMENT", "EXAMPLES", "SEE ALSO"})
    EXPECT_NE(page.find(str("\n.SH ", section, "\n")), std::string::npos) << section;
}

TEST(ManualPage, TextIsEscapedAndWrapped) {
  EXPECT_EQ(roff("a-b\\c 'd' `e` ^~ \"f\""), "a\\-b\\(rsc \\(aqd\\(aq \\(gae\\(ga \\(ha\\(ti \\(dqf\\(dq");
  EXPECT_EQ(roff("\u00fc\u65e5"), "\\[u00FC]\\[u65E5]");
  ManualPage page("X", "2020-01-01", "x 1");
  page.paragraph(std::string(78, 'a') + " .so /etc/passwd");
  EXPECT_NE(page.text().find("\n\\&.so /etc/passwd\n"), std::string::npos) << page.text();
  for (const std::string& line : core::split(manual_page(commands()), '\n'))
    EXPECT_LE(line.size(), 110u) << line;
}

}  // namespace
}  // namespace facegan::app
