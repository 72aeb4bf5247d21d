#include <map>

#include "app/command_line/completion/described.h"
#include "app/command_line/completion/scripts.h"
#include "facegan/core/text.h"
#include "facegan/version.h"

namespace facegan::app {
namespace {

using core::str;
using Names = std::vector<std::string>;

// The part that is the same for every table. COMP_WORDS is of no use: bash breaks words at = : and @, too.
constexpr const char* kCommon = R"bash(
# Splits a line as bash does, but expands nothing: the words without their quotes in words; in cut, how much
# of the last one stays when bash puts in what it is completed to; in open, the quote that it is in.
_facegan_split() {
  local line=$1 quote='' word='' begun='' saved=0 char i
  words=() cut=0
  for ((i = 0; i < ${#line}; ++i)); do
    char=${line:i:1}
    if [[ $quote && $char == "$quote" ]]; then
      quote='' cut=$saved
    elif [[ $quote == "'" ]]; then
      word+=$char
    elif [[ $quote ]]; then
      [[ $char == \\ && ${line:i+1:1} == [\"\\\$\`] ]] && char=${line: ++i:1}
      word+=$char
    elif [[ $char == [$' \t\n'] ]]; then
      [[ $begun ]] && words+=("$word")
      word='' begun='' cut=0
    else
      begun=1
      case $char in
        \' | \") quote=$char saved=$cut cut=${#word} ;;
        \\) word+=${line: ++i:1} ;;
        *)
          word+=$char
          [[ $COMP_WORDBREAKS == *"$char"* ]] && cut=${#word}
          ;;
      esac
    fi
  done
  words+=("$word") open=$quote
}

# _facegan_offer PREFIX WORD...: those that the word on the line begins with.
_facegan_offer() {
  local prefix=$1 word
  shift
  for word; do
    word=$prefix$word
    [[ $word == "$cur"* ]] && COMPREPLY+=("${word:cut}")
  done
}

# _facegan_offer_names PREFIX NAME...: likewise, of names that others gave. bash's own quoting of file names
# leaves some characters as they are: what is put in here is that name and no more, whatever it looks like.
_facegan_offer_names() {
  local prefix=$1 word name char i
  shift
  for name; do
    # Of ~ on the line bash keeps the ~, as a home.
    [[ $prefix$name == "$cur"* && $name != "~"* ]] || continue
    name=$prefix$name name=${name:cut} word=''
    if [[ ! $open ]]; then
      printf -v word %q "$name"
    elif [[ $open == \" && $name == *!* ]]; then
      continue # has no spelling between these quotes
    else
      for ((i = 0; i < ${#name}; ++i)); do
        char=${name:i:1}
        if [[ $open$char == "''" ]]; then
          char="'\\''"
        elif [[ $open == \" && $char == [\"\\\$\`] ]]; then
          char=\\$char
        fi
        word+=$char
      done
    fi
    COMPREPLY+=("$word")
  done
}

# The runs in runs/ of the current folder, the newest first; after RUN@ its checkpoints. A name that does not
# show is none to paste.
_facegan_offer_runs() {
  local prefix=$1 text=${cur:${#1}} path name run fails=''
  local -a paths=() names=()
  shopt -q failglob && fails=1 && shopt -u failglob
  if [[ $source == *checkpoints* && $text == *@* ]]; then
    name=${text%@*} run=runs/$name
    if [[ $name =~ ^0*([0-9]+)$ ]]; then
      name=${BASH_REMATCH[1]}
      for path in runs/*; do [[ $path =~ ^runs/0*"$name"- ]] && run=$path; done
      name=${text%@*}
    fi
    for path in "$run/checkpoints/"*.safetensors; do
      path=${path##*/} path=${path%.safetensors}
      [[ $path == best ]] && names+=("$name@best")
      [[ $path =~ ^step_0*([0-9]+)$ ]] && names+=("$name@${BASH_REMATCH[1]}")
    done
  else
    paths=(@RUNS@)
    for ((i = ${#paths[@]} - 1; i >= 0; --i)); do
      name=${paths[i]#runs/} name=${name%/*}
      [[ -e ${paths[i]} && $name != *[[:cntrl:]]* ]] && names+=("$name")
    done
  fi
  [[ $fails ]] && shopt -s failglob
  _facegan_offer_names "$prefix" "${names[@]}"
  compopt -o nosort 2>/dev/null
}

_facegan_value() {
  local prefix=$1 list='' i
  if [[ $source == *list* ]]; then
    list=${cur:${#prefix}}
    [[ $list == *,* ]] && list=${list%,*}, || list=''
    for i in "${!choices[@]}"; do [[ ,$list == *",${choices[i]},"* ]] && unset "choices[i]"; done
    compopt -o nospace 2>/dev/null
  fi
  [[ ${choices[0]-} == *= ]] && compopt -o nospace 2>/dev/null
  _facegan_offer "$prefix$list" "${choices[@]}"
  [[ $source == *runs* ]] && _facegan_offer_runs "$prefix"
  # bash's own, where nothing else fits: it knows of ~ and of quotes.
  ((${#COMPREPLY[@]} == 0)) || return 0
  [[ $source == *files* ]] && compopt -o default 2>/dev/null
  [[ $source == *folders* ]] && compopt -o dirnames 2>/dev/null
  [[ $source == *runs* ]] && compopt -o dirnames 2>/dev/null
  return 0
}

_facegan() {
  local -a words=() choices=() flags=() commands=()
  local cut open cur word command='' ends='' awaits='' takes='' source='' helps='' i
  _facegan_split "${COMP_LINE:0:COMP_POINT}"
  COMPREPLY=()
  for ((i = 1; i < ${#words[@]} - 1; ++i)); do
    word=${words[i]}
    if [[ $awaits && ! $word == -[a-zA-Z-]* ]]; then
      awaits=''
    elif [[ $ends ]]; then
      :
    elif [[ $word == -- ]]; then
      awaits='' ends=1
    elif [[ $word == -[a-zA-Z-]* ]]; then
      awaits=''
      _facegan_flag "$command" "$word"
      [[ $takes ]] && awaits=$word
    elif [[ $word == help && ! $command ]]; then
      helps=1
    elif _facegan_is_command "${command:+$command }$word"; then
      command+=${command:+ }$word
    fi
  done
  cur=${words[${#words[@]} - 1]}
  # Where @ may begin the name of a host, it is part of what is put in.
  [[ ${2-} == @* && $cut -gt 0 && ${cur:cut-1:1} == @ ]] && ((--cut))
  _facegan_commands "$command"
  if [[ $helps ]]; then
    _facegan_offer '' "${commands[@]}"
  elif [[ $awaits && ! $cur == -[a-zA-Z-]* ]]; then
    _facegan_flag "$command" "$awaits"
    _facegan_value ''
  elif [[ $cur == --*=* && ! $ends ]]; then
    _facegan_flag "$command" "${cur%%=*}"
    [[ $takes ]] && _facegan_value "${cur%%=*}="
  elif [[ $cur == -* && ! $ends ]]; then
    _facegan_flags "$command"
    _facegan_offer '' "${flags[@]}"
  elif ((${#commands[@]} > 0)); then
    _facegan_offer '' "${commands[@]}"
  else
    _facegan_argument "$command"
    _facegan_value ''
  fi
}

complete -F _facegan facegan
)bash";

std::string source_of(const Value& value) {
  Names names;
  if (value.is_list) names.emplace_back("list");
  if (value.files) names.emplace_back("files");
  if (value.folders) names.emplace_back("folders");
  if (value.runs) names.emplace_back("runs");
  if (value.checkpoints) names.emplace_back("checkpoints");
  return core::join(names, " ");
}

std::string words_of(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words) out += (out.empty() ? "" : " ") + core::shell_quoted(word.name);
  return out;
}

// "source=files choices=(a b)", or nothing where nothing is known.
std::string known_text(const Value& value) {
  std::string out;
  if (const std::string source = source_of(value); !source.empty())
    out += " source=" + core::shell_quoted(source);
  if (!value.words.empty()) out += str(" choices=(", words_of(value.words), ")");
  return out;
}

// Those of one command: a line for all flags that are completed alike.
std::string flag_cases(const std::vector<Flag>& flags, const std::string& indent) {
  Names order;
  std::map<std::string, std::string> names;
  for (const Flag& flag : flags) {
    if (flag.value.shown.empty()) continue;
    const std::string does = "takes=1" + known_text(flag.value);
    if (names[does].empty()) order.push_back(does);
    names[does] += (names[does].empty() ? "" : " | ") + flag.name;
  }
  std::string out;
  for (const std::string& does : order) out += str(indent, names[does], ") ", does, " ;;\n");
  return out;
}

std::string flag_names(const std::vector<Flag>& flags) {
  Names names;
  for (const Flag& flag : flags) {
    names.push_back(flag.name);
    if (flag.has_no) names.push_back("--no-" + flag.name.substr(2));
  }
  return core::join(names, " ");
}

std::string command_functions(const std::vector<Described>& commands) {
  const Names groups = groups_of(commands);
  Names all = groups;
  for (const Described& command : commands) all.push_back(command.name);
  for (std::string& name : all) name = core::shell_quoted(name);
  std::string out = str("_facegan_is_command() {\n  case $1 in\n    ", core::join(all, " | "),
                        ") return 0 ;;\n    *) return 1 ;;\n  esac\n}\n\n");
  out += "# What may follow as a command.\n_facegan_commands() {\n  case $1 in\n";
  out += str("    '') commands=(", words_of(words_below(commands, "")), ") ;;\n");
  for (const std::string& group : groups)
    out += str("    ", group, ") commands=(", words_of(words_below(commands, group)), ") ;;\n");
  out += "    *) commands=() ;;\n  esac\n}\n\n";
  out +=
      "# What a command takes without a flag.\n_facegan_argument() {\n  source='' choices=()\n  case $1 in\n";
  for (const Described& command : commands)
    if (command.argument.is_known())
      out += str("    ", core::shell_quoted(command.name), ")", known_text(command.argument), " ;;\n");
  return out + "  esac\n}\n";
}

}  // namespace

std::string bash_script(const std::vector<Command>& table) {
  const std::vector<Described> commands = describe(table);
  const std::vector<Flag> general = describe_general();
  std::string out = str("# bash completion of facegan ", kVersion,
                        ". To have it in this shell: source <(facegan completion bash)\n"
                        "# Made by facegan from its tables. Needs bash 4.4 or newer and nothing else.\n\n");
  out += command_functions(commands);
  out += "\n_facegan_flags() {\n  case $1 in\n";
  for (const Described& command : commands)
    out += str("    ", core::shell_quoted(command.name), ") flags=(", flag_names(command.flags), ") ;;\n");
  out += str("  esac\n  flags+=(", flag_names(general), " -h)\n}\n\n");
  out +=
      "# _facegan_flag COMMAND FLAG: takes=1 when a value may follow, and what that can be.\n"
      "_facegan_flag() {\n  takes='' source='' choices=()\n  case $2 in\n" +
      flag_cases(general, "    ") + "  esac\n  case $1 in\n";
  for (const Described& command : commands)
    if (const std::string cases = flag_cases(command.flags, "        "); !cases.empty())
      out += str("    ", core::shell_quoted(command.name), ")\n      case $2 in\n", cases,
                 "      esac\n      ;;\n");
  out += "  esac\n}\n";
  std::string common = kCommon;
  const std::string mark = "@RUNS@";
  common.replace(common.find(mark), mark.size(), runs_pattern());
  return out + common;
}

}  // namespace facegan::app
