#include "app/command_line/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <memory>

#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

using core::str;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::usage, what);
}

bool looks_like_flag(const std::string& text) {
  return text.starts_with("--") ||
         (text.size() > 1 && text[0] == '-' && std::isalpha(static_cast<unsigned char>(text[1])));
}

// A flag with a value. CLI11 would take the next flag for it.
CLI::Option* add_valued(CLI::App& app, const std::string& flag, const std::string& value_name,
                        std::string& value) {
  const bool optional = value_name.starts_with('[');
  auto* option = app.add_option(flag, value)->take_last()->expected(optional ? 0 : 1, 1);
  option->check([flag, value_name](const std::string& text) -> std::string {
    if (looks_like_flag(text))
      refuse(str(flag, " needs a value (", value_name, "), but '", core::printable(text), "' follows"));
    return "";
  });
  return option;
}

CLI::Option* add_switch(CLI::App& app, const std::string& names) {
  return app.add_flag(names)->take_last()->disable_flag_override();
}

// One command as CLI11 knows it, with what is needed to read the result.
struct Entry {
  const Command* command;
  CLI::App* app;
  std::map<std::string, CLI::Option*> own;
  std::vector<std::pair<const config::Option*, CLI::Option*>> settings;
  CLI::Option *config_file = nullptr, *arguments = nullptr;
};

// "[RUN...]", "FILES..."
bool takes_several(const Command& command) {
  const std::string_view shown = command.argument;
  return shown.ends_with("...") || shown.ends_with("...]");
}

// The parser; values are read from CLI11's options after the parse.
class Parser {
 public:
  explicit Parser(const std::vector<Command>& table) : table_(table) {
    root_.set_help_flag();
    help_ = add_switch(root_, "-h,--help");
    version_ = add_switch(root_, "--version");
    quiet_ = add_switch(root_, "--quiet");
    verbose_ = add_switch(root_, "--verbose");
    log_format_ = add_valued(root_, "--log-format", "text|json", unused_);
    root_.allow_extras();
    root_.require_subcommand(0, 1);  // a word that follows may be named like a command
    for (const Command& command : table) add_command(command);
  }

  Parsed parse(int argc, const char* const* argv) {
    try {
      root_.parse(argc, argv);
    } catch (const CLI::ArgumentMismatch& error) {
      const std::string what =
          error.what();  // "--epochs: 1 required N missing", "dry-run was given a ... override"
      if (what.find("missing") != std::string::npos)
        refuse(what.substr(0, what.find(':')) + " needs a value");
      if (what.find("override") != std::string::npos)
        refuse(str("--", what.substr(0, what.find(' ')), " takes no value"));
      refuse(core::printable(what));
    } catch (const CLI::ParseError& error) {
      refuse(core::printable(error.what()));
    }
    CLI::App* active = &root_;
    while (!active->get_subcommands().empty()) active = active->get_subcommands().front();
    const Entry* entry = nullptr;
    for (const Entry& e : entries_)
      if (e.app == active) entry = &e;

    Parsed parsed;
    if (help_->count() > 0 && (entry || active != &root_ || root_.remaining().empty()))
      parsed.output = entry              ? help_text(*entry->command)
                      : active == &root_ ? help_text(table_)
                                         : help_text(table_, active->get_name());
    else if (version_->count() > 0)
      parsed.output = str("facegan ", kVersion);
    if (!parsed.output.empty()) return parsed;

    auto left = root_.remaining(true);
    std::erase(left, "--");  // only says that what follows is no option
    if (!left.empty()) refuse_leftover(left.front(), *active, entry);
    parsed.log = log_options();
    if (!entry && active == &root_)
      parsed.output = help_text(table_);
    else if (!entry)
      refuse(str("'", active->get_name(), "' needs one of: ", core::join(names_below(*active), ", ")));
    else
      read(*entry, parsed);
    return parsed;
  }

 private:
  // "data check" becomes a subcommand of a subcommand.
  void add_command(const Command& command) {
    CLI::App* app = &root_;
    for (const std::string& word : core::split(command.name, ' ')) {
      const auto same = app->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == word; });
      CLI::App* next = same.empty() ? nullptr : same.front();
      if (!next) {
        next = app->add_subcommand(word);
        next->set_help_flag();
        next->fallthrough();  // general options after the command
        next->require_subcommand(0, 1);
      }
      app = next;
    }
    Entry entry{&command, app, {}, {}};
    if (command.options != 0) entry.config_file = add_valued(*app, "--config", "FILE", unused_);
    for (const auto& option : config::options()) {
      if (!(option.commands & command.options)) continue;
      const std::string flag = config::flag_name(option.key);
      entry.settings.emplace_back(&option, *option.value
                                               ? add_valued(*app, flag, option.value, unused_)
                                               : add_switch(*app, flag + ",!--no-" + flag.substr(2)));
    }
    for (const OwnFlag& own : command.flags) {
      const std::string flag = str("--", own.name);
      entry.own[own.name] = *own.value ? add_valued(*app, flag, own.value, unused_) : add_switch(*app, flag);
    }
    if (*command.argument) entry.arguments = app->add_option("arguments", unused_);
    if (takes_several(command)) entry.arguments->expected(1, -1)->allow_extra_args()->take_all();
    entries_.push_back(std::move(entry));
  }

  static std::vector<std::string> names_below(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(sub->get_name());
    return names;
  }

  [[noreturn]] void refuse_leftover(const std::string& word, const CLI::App& active,
                                    const Entry* entry) const {
    const std::string shown = core::printable(word);
    const std::string command = entry ? entry->command->name : "";
    if (looks_like_flag(word)) {
      std::vector<std::string> known;
      for (const CLI::App* app : {&root_, &active})
        for (const CLI::Option* option : app->get_options())
          for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
      const std::string name = word.substr(0, word.find('='));
      if (std::find(known.begin(), known.end(), name) != known.end())  // it stands before its command
        refuse(str("'", shown, "' goes after the command: facegan ", command, " ", shown));
      const std::string hint = core::did_you_mean(name, known);
      const std::string place = entry ? str(" of '", command, "'") : "";
      refuse(str("unknown option '", shown, "'", place,
                 hint.empty() ? str("; 'facegan ", command, entry ? " " : "", "--help' shows all") : hint));
    }
    if (entry) refuse(str("'", command, "' takes no argument '", shown, "'"));
    const std::string hint = core::did_you_mean(word, names_below(active));
    refuse(str("unknown command '", shown, "'", hint.empty() ? "; 'facegan --help' shows all" : hint));
  }

  core::LogOptions log_options() const {
    core::LogOptions options;
    if (quiet_->count() > 0 && verbose_->count() > 0) refuse("--quiet and --verbose exclude each other");
    if (quiet_->count() > 0) options.level = core::LogLevel::warning;
    if (verbose_->count() > 0) options.level = core::LogLevel::debug;
    if (log_format_->count() > 0) {
      const std::string& format = log_format_->results().back();
      if (format != "text" && format != "json")
        refuse(str("--log-format is text or json, not '", core::printable(format), "'"));
      if (format == "json") options.format = core::LogFormat::json;
    }
    return options;
  }

  static std::string value_of(const CLI::Option& option) { return option.results().back(); }

  void read(const Entry& entry, Parsed& parsed) const {
    parsed.command = entry.command;
    Invocation& invocation = parsed.invocation;
    for (const auto& [setting, option] : entry.settings) {
      if (option->count() == 0) continue;
      const std::string key = setting->key;
      if (key == "preset")
        invocation.request.preset = value_of(*option);
      else
        invocation.request.flags.push_back({key, value_of(*option), "flag " + config::flag_name(key)});
    }
    for (const OwnFlag& own : entry.command->flags) {
      const CLI::Option& option = *entry.own.at(own.name);
      if (option.count() == 0) continue;
      const bool is_list = std::string_view(own.value).ends_with("...]");  // given twice, both count
      invocation.own[own.name] = !*own.value            ? ""
                                 : is_list              ? core::join(option.results(), ",")
                                 : may_be_repeated(own) ? core::join(option.results(), {&kBetweenRepeated, 1})
                                                        : value_of(option);
    }
    if (entry.config_file && entry.config_file->count() > 0) {
      invocation.request.config_file = value_of(*entry.config_file);
      if (invocation.request.config_file.empty()) refuse("--config needs a value (FILE), but it is empty");
    }
    if (entry.arguments) invocation.arguments = entry.arguments->results();
  }

  const std::vector<Command>& table_;
  CLI::App root_{"", "facegan"};
  std::vector<Entry> entries_;
  std::string unused_;  // CLI11 wants a variable; the options keep their results themselves
  CLI::Option *help_, *version_, *quiet_, *verbose_, *log_format_;
};

}  // namespace

bool may_be_repeated(const OwnFlag& flag) {
  return std::string_view(flag.value).ends_with("...");
}

std::string Invocation::text(const std::string& name, const std::string& fallback) const {
  const auto found = own.find(name);
  return found == own.end() ? fallback : found->second;
}

std::int64_t Invocation::integer(const std::string& name, std::int64_t fallback, std::int64_t low,
                                 std::int64_t high) const {
  const auto found = own.find(name);
  if (found == own.end()) return fallback;
  std::int64_t value;
  if (!core::parse_integer(found->second, value) || value < low || value > high)
    refuse(str("--", name, " is a whole number from ", low, " to ", high, ", not '",
               core::printable(found->second), "'"));
  return value;
}

double Invocation::real(const std::string& name, double fallback, double low, double high) const {
  const auto found = own.find(name);
  if (found == own.end()) return fallback;
  double value;
  if (!core::parse_real(found->second, value) || value < low || value > high)
    refuse(str("--", name, " is a number from ", core::number_text(low), " to ", core::number_text(high),
               ", not '", core::printable(found->second), "'"));
  return value;
}

Parsed parse(const std::vector<Command>& table, int argc, const char* const* argv) {
  std::vector<const char*> words(argv, argv + argc);
  if (argc > 1 && std::string_view(argv[1]) == "help") {  // "help train" is "train --help"
    words.erase(words.begin() + 1);
    words.push_back("--help");
  }
  Parsed parsed = Parser(table).parse(static_cast<int>(words.size()), words.data());
  parsed.invocation.program = argc > 0 ? argv[0] : "facegan";
  return parsed;
}

}  // namespace facegan::app
