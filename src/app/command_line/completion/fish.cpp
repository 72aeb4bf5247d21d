#include <map>

#include "app/command_line/completion/described.h"
#include "app/command_line/completion/scripts.h"
#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

using core::shell_quoted;
using core::str;
using Names = std::vector<std::string>;

// @ONE@: commands of one word, @TWO@: of two, @VALUED@: general flags with a value.
constexpr const char* kFunctions = R"fish(
# __facegan_at COMMAND...: whether the command before the cursor is one of these; '' = none yet.
function __facegan_at
    set -l words (commandline -opc)
    set -l name ''
    set -l is_value 0
    for word in $words[2..]
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch $word
            case @VALUED@
                set is_value 1
            case '-*'
            case '*'
                if test -z $name
                    contains -- $word @ONE@
                    and set name $word
                else if contains -- "$name $word" @TWO@
                    set name "$name $word"
                end
        end
    end
    contains -- $name $argv
end

# Whether the word before the cursor is the flag, whose value is optional.
function __facegan_after
    set -l words (commandline -opc)
    contains -- $words[-1] $argv
end

# What is being typed, without the --flag= before it.
function __facegan_token
    commandline -ct | string replace -r -- '^--[^=]*=' ''
end

# Words of a list with commas, but for those that it has.
function __facegan_list
    set -l before (__facegan_token | string match -r -- '.*,')
    set -l given (string split , -- $before)
    for word in $argv
        contains -- (string split \t -- $word)[1] $given
        or echo "$before$word"
    end
end

# The runs in runs/ of the current folder, the newest first; of a path its folders. A name that does not show
# is none to paste.
function __facegan_runs
    if string match -q '*/*' -- (__facegan_token)
        __fish_complete_directories (__facegan_token)
        return
    end
    set -l files @RUNS@
    for file in $files[-1..1]
        string match -qr '[[:cntrl:]]' -- $file
        or string replace -r '^runs/(.*)/[^/]*$' '$1\trun' -- $file
    end
end

# The same; after RUN@ its checkpoints.
function __facegan_checkpoints
    set -l token (__facegan_token)
    if not string match -q '*@*' -- $token
        __facegan_runs
        return
    end
    set -l name (string replace -r '@[^@]*$' '' -- $token)
    set -l run runs/$name
    if string match -qr '^[0-9]+$' -- $name
        set -l number (string replace -r '^0+(?=[0-9])' '' -- $name)
        for folder in runs/*
            string match -qr "^runs/0*$number-" -- $folder
            and set run $folder
        end
    end
    for file in $run/checkpoints/*.safetensors
        if string match -qr '/best\.safetensors$' -- $file
            printf '%s@best\tcheckpoint\n' $name
        else if string match -qr '/step_[0-9]+\.safetensors$' -- $file
            set -l step (string replace -r '^.*/step_0*([0-9]+)\.safetensors$' '$1' -- $file)
            printf '%s@%s\tcheckpoint\n' $name $step
        end
    end
end

complete -c facegan -f
)fish";

std::string quoted_list(const Names& names) {
  Names quoted;
  for (const std::string& name : names) quoted.push_back(shell_quoted(name));
  return core::join(quoted, " ");
}

// What -a takes: it is read as words of fish once more.
std::string arguments_of(const Value& value) {
  std::string out;
  for (const Word& word : value.words)
    out += (out.empty() ? "" : " ") + shell_quoted(word.name) +
           (word.help.empty() ? "" : "\\t" + shell_quoted(word.help));
  if (value.is_list) out = str("(__facegan_list ", out, ")");
  const char* const more = value.checkpoints ? "(__facegan_checkpoints)"
                           : value.runs      ? "(__facegan_runs)"
                           : value.folders   ? "(__fish_complete_directories)"
                                             : "";
  if (*more) out += (out.empty() ? "" : " ") + std::string(more);
  return out.empty() ? "" : " -a " + shell_quoted(out);
}

std::string at(const Names& commands) {
  return str("__facegan_at ", quoted_list(commands));
}

// The lines of a flag of these commands ({} = of all), but for its condition, which stands for @.
std::string flag_lines(const Flag& flag, const Names& commands) {
  const auto line = [&](const std::string& condition, const std::string& rest) {
    const std::string when =
        commands.empty() ? condition : at(commands) + (condition.empty() ? "" : "; and " + condition);
    return str("complete -c facegan", when.empty() ? "" : " -n " + shell_quoted(when), rest, "\n");
  };
  const Value& value = flag.value;
  const std::string help = " -d " + shell_quoted(flag.help), name = flag.name.substr(2);
  const std::string order = value.runs ? " -k" : "";
  if (flag.has_no)
    return line("", str(" -l ", name, help)) +
           line("", str(" -l no-", name, " -d ", shell_quoted("not: " + flag.help)));
  if (value.shown.empty()) return line("", str(name == "help" ? " -s h" : "", " -l ", name, help));
  const std::string arguments = arguments_of(value);
  if (!value.is_optional)
    return line("", str(" -l ", name, value.files ? " -r -F" : " -x", order, arguments, help));
  // fish knows no flags whose value may be missing: the word after one is an argument to it.
  std::string out = line("", str(" -l ", name, order, arguments, help));
  if (!arguments.empty()) out += line("__facegan_after " + flag.name, order + arguments);
  return out;
}

std::string command_lines(const std::vector<Described>& commands) {
  std::string out;
  const auto add = [&](const Names& at_commands, const std::string& group) {
    for (const Word& word : words_below(commands, group))
      out += str("complete -c facegan -n ", shell_quoted(at(at_commands)), " -a ", shell_quoted(word.name),
                 " -d ", shell_quoted(word.help), "\n");
  };
  out += "\n# Commands.\n";
  add({"", "help"}, "");
  for (const std::string& group : groups_of(commands)) add({group}, group);
  return out;
}

}  // namespace

std::string fish_script(const std::vector<Command>& table) {
  const std::vector<Described> commands = describe(table);
  const std::vector<Flag> general = describe_general();
  Names one = groups_of(commands), two, valued;
  one.emplace_back("help");
  for (const Described& command : commands)
    (command.name.find(' ') == std::string::npos ? one : two).push_back(command.name);
  for (const Flag& flag : general)
    if (!flag.value.shown.empty()) valued.push_back(flag.name);
  std::string functions = kFunctions;
  for (const auto& [mark, text] : {std::pair{"@ONE@", quoted_list(one)},
                                   {"@TWO@", quoted_list(two)},
                                   {"@VALUED@", quoted_list(valued)},
                                   {"@RUNS@", runs_pattern()}})
    functions.replace(functions.find(mark), std::string_view(mark).size(), text);

  std::string out = str("# fish completion of facegan ", kVersion,
                        ". To have it in this shell: facegan completion fish | source\n"
                        "# Made by facegan from its tables.\n",
                        functions, command_lines(commands), "\n# Flags.\n");
  for (const Flag& flag : general) out += flag_lines(flag, {});
  // A line for all commands that have a flag alike.
  std::vector<std::pair<Flag, Names>> flags;
  std::map<std::string, std::size_t> places;
  for (const Described& command : commands)
    for (const Flag& flag : command.flags) {
      const auto [place, is_new] = places.emplace(flag_lines(flag, {}), flags.size());
      if (is_new) flags.push_back({flag, {}});
      flags[place->second].second.push_back(command.name);
    }
  for (const auto& [flag, names] : flags) out += flag_lines(flag, names);
  out += "\n# What commands take without a flag.\n";
  for (const Described& command : commands)
    if (command.argument.is_known())
      out += str("complete -c facegan -n ", shell_quoted(at({command.name})),
                 command.argument.files ? " -F" : "", command.argument.runs ? " -k" : "",
                 arguments_of(command.argument), "\n");
  return out;
}

}  // namespace facegan::app
