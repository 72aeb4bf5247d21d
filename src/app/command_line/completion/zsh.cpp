#include <algorithm>
#include <map>

#include "app/command_line/completion/described.h"
#include "app/command_line/completion/scripts.h"
#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

using core::shell_quoted;
using core::str;

// `text` with a backslash before each of `characters`.
std::string escaped(const std::string& text, std::string_view characters) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// What zsh calls a value; % would begin a sequence of a prompt.
std::string message_of(const Value& value) {
  std::string out;
  for (const char c : escaped(value.shown, "\\:")) out += c == '%' ? "%%" : std::string(1, c);
  return out;
}

std::string function_name(const std::string& command) {
  std::string name = "_facegan_" + command;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
  return name;
}

// An array of "name:help" for _describe.
std::string array_of(const std::string& name, const std::vector<Word>& words, const std::string& indent) {
  std::string out = str(indent, "local -a ", name, "=(\n");
  for (const Word& word : words)
    out += str(indent, "  ",
               shell_quoted(escaped(word.name, "\\:") + (word.help.empty() ? "" : ":" + word.help)), "\n");
  return out + indent + ")\n";
}

// The functions for words, each once: by its body the name.
class Values {
 public:
  // What _arguments does for a value.
  std::string action(const std::string& flag, const Value& value) {
    if (value.words.empty()) {
      if (value.checkpoints) return "_facegan_runs_and_files";
      return value.runs ? "_facegan_runs" : value.files ? "_files" : value.folders ? "_files -/" : " ";
    }
    const std::string body = body_of(value);
    if (const auto found = names_.find(body); found != names_.end()) return found->second;
    std::string name = function_name("value_" + flag);
    while (text_.find("\n" + name + "() {") != std::string::npos) name += "_";
    text_ += str("\n", name, "() {\n", body, "}\n");
    return names_[body] = name;
  }
  const std::string& text() const { return text_; }

 private:
  static std::string body_of(const Value& value) {
    const std::string what = shell_quoted(value.shown);
    if (value.is_list) {
      std::string out = str("  _values -s , ", what);
      for (const Word& word : value.words)
        out += str(" \\\n    ",
                   shell_quoted(escaped(word.name, "\\:[") +
                                (word.help.empty() ? "" : str("[", escaped(word.help, "\\[]:"), "]"))));
      return out + "\n";
    }
    const bool goes_on = value.words.front().name.ends_with('=');
    std::string out = array_of("values", value.words, "  ");
    out += str("  local ret=1\n  _describe -t values ", what, " values \"$@\"", goes_on ? " -S ''" : "",
               " && ret=0\n");
    if (value.files) out += "  _files \"$@\" && ret=0\n";
    return out + "  return ret\n";
  }

  std::map<std::string, std::string> names_;
  std::string text_;
};

// One or two lines of _arguments.
std::string specs_of(const Flag& flag, Values& values) {
  const std::string help = "[" + escaped(flag.help, "\\[]:") + "]";
  const auto line = [](const std::string& spec) { return str(" \\\n    ", shell_quoted(spec)); };
  if (flag.name == "--help" || flag.name == "--version")
    return line("(- *)" + flag.name + help) + (flag.name == "--help" ? line("(- *)-h" + help) : "");
  if (flag.has_no) {
    const std::string no = "--no-" + flag.name.substr(2);
    return line(str("(", no, ")", flag.name, help)) +
           line(str("(", flag.name, ")", no, "[not: ", help.substr(1)));
  }
  if (flag.value.shown.empty()) return line(flag.name + help);
  return line(str(flag.value.may_repeat ? "*" : "", flag.name, "=", help, flag.value.is_optional ? "::" : ":",
                  message_of(flag.value), ":", values.action(flag.name.substr(2), flag.value)));
}

std::string argument_spec(const Value& argument, const std::string& command, Values& values) {
  if (argument.shown.empty()) return "";
  const std::string start = argument.takes_several ? "*:" : argument.is_optional ? "1::" : "1:";
  return str(" \\\n    ", shell_quoted(start + message_of(argument) + ":" +
                                       values.action(command + "_argument", argument)));
}

constexpr const char* kRuns = R"zsh(
# The runs in runs/ of the current folder, the newest first; else a folder. A name that does not show is none
# to paste.
_facegan_runs() {
  local expl
  local -a runs=( @RUNS@(NOn:h:t) )
  runs=( ${runs:#*[[:cntrl:]]*} )
  _wanted -V runs expl run compadd "$@" -a runs || _files "$@" -/
}

# After RUN@ its checkpoints.
_facegan_runs_and_files() {
  if [[ $PREFIX != *@* ]]; then
    _alternative 'runs:run:_facegan_runs' 'files:file:_files'
    return
  fi
  local expl run=${(Q)PREFIX%@*} file
  local -a steps folders
  # With its number alone: <-> are digits, whatever they stand for.
  if [[ $run == <-> ]]; then
    folders=( runs/0#${run##0##}-*(N:t) )
    run=${folders[1]:-$run}
  fi
  for file in runs/$run/checkpoints/*.safetensors(N:t:r); do
    case $file in
      best) steps+=( best ) ;;
      step_<->) steps+=( ${${${file#step_}##0##}:-0} ) ;;
    esac
  done
  compset -P '*@'
  _wanted -V checkpoints expl checkpoint compadd -a steps
}
)zsh";

// "_facegan_commands" and one for each group: what may follow as a command.
std::string command_lists(const std::vector<Described>& commands) {
  std::string out;
  const auto add = [&](const std::string& name, const std::string& group) {
    out += str("\n", name, "() {\n", array_of("commands", words_below(commands, group), "  "),
               "  _describe -t commands command commands\n}\n");
  };
  add("_facegan_commands", "");
  for (const std::string& group : groups_of(commands)) add(function_name(group) + "_commands", group);
  return out;
}

// Goes on in the function of the command that is $words[1].
std::string dispatch(const std::vector<Described>& commands, const std::string& group) {
  const std::string list = group.empty() ? "_facegan_commands" : function_name(group) + "_commands";
  std::string out = str("  local curcontext=$curcontext state state_descr line ret=1\n  local -A opt_args\n",
                        "  _arguments -C -S \"$general[@]\" '1:command:", list, "' '*:: :->rest' && ret=0\n",
                        "  [[ $state == rest ]] || return ret\n",
                        "  curcontext=${curcontext%:*:*}:facegan-$words[1]:\n  case $words[1] in\n");
  for (const Word& word : words_below(commands, group))
    if (word.name != "help")
      out += str("    ", word.name, ") ", function_name((group.empty() ? "" : group + " ") + word.name),
                 " && ret=0 ;;\n");
  if (group.empty()) out += "    help) _facegan_commands && ret=0 ;;\n";
  return out + "  esac\n  return ret\n";
}

}  // namespace

std::string zsh_script(const std::vector<Command>& table) {
  const std::vector<Described> commands = describe(table);
  Values values;
  std::string functions;
  for (const Described& command : commands) {
    functions += str("\n", function_name(command.name), "() {\n  _arguments -S \"$general[@]\"");
    for (const Flag& flag : command.flags) functions += specs_of(flag, values);
    functions += argument_spec(command.argument, command.name, values) + "\n}\n";
  }
  for (const std::string& group : groups_of(commands))
    functions += str("\n", function_name(group), "() {\n", dispatch(commands, group), "}\n");
  std::string general;
  for (const Flag& flag : describe_general()) general += specs_of(flag, values);
  std::string runs = kRuns;
  const std::string mark = "@RUNS@";
  runs.replace(runs.find(mark), mark.size(), runs_pattern());

  std::string out = str("#compdef facegan\n# zsh completion of facegan ", kVersion,
                        ". To have it in this shell, after compinit: source <(facegan completion zsh)\n"
                        "# Made by facegan from its tables.\n");
  out += runs + values.text() + command_lists(commands) + functions;
  // The backslashes of lines that go on have no place in an array.
  std::string items;
  for (const std::string& line : core::split(general, '\n'))
    items += line.ends_with(" \\") ? line.substr(0, line.size() - 2) + "\n" : line + "\n";
  out += str("\n_facegan() {\n  local -a general=(", items, "  )\n", dispatch(commands, ""), "}\n");
  return out +
         "\n# Called by the completion where this is its file in $fpath; else it is being sourced.\n"
         "if [[ $funcstack[1] == _facegan ]]; then\n  _facegan \"$@\"\n"
         "elif (( $+functions[compdef] )); then\n  compdef _facegan facegan\n"
         "else\n  print -u2 'facegan: call compinit first: autoload -Uz compinit && compinit'\nfi\n";
}

}  // namespace facegan::app
