#pragma once
// What shells and the manual page say of commands and flags, made from the tables of commands and options.
#include <string>
#include <vector>

#include "app/command_line/commands.h"

namespace facegan::config {
struct Option;
}

namespace facegan::app {

struct Word {
  std::string name;
  std::string help = {};  // one line, or nothing
};

// The value of a flag, or what a command takes without one.
struct Value {
  std::string shown;           // "RUN|FILE"; "" = takes none
  bool is_optional = false;    // "[RUN]"
  bool may_repeat = false;     // "S...": the flag may be given again
  bool takes_several = false;  // "[FILES...]" of a command
  // What it can be; nothing of all this: something else, such as a number.
  bool files = false, folders = false, runs = false;
  bool checkpoints = false;  // of runs: RUN@STEP, too
  bool is_list = false;      // words with commas between
  std::vector<Word> words;

  bool is_known() const { return files || folders || runs || !words.empty(); }
};

struct Flag {
  std::string name;  // "--loss"
  std::string help;  // with the default in brackets
  Value value;
  bool has_no = false;                     // --no-flip, too
  const config::Option* option = nullptr;  // whose row it is
};

struct Described {
  std::string name, help;  // "data check"
  std::vector<Flag> flags;
  Value argument;
};

std::vector<Described> describe(const std::vector<Command>& table);
// --quiet and others that every command takes.
std::vector<Flag> describe_general();
// "data" of "data check" and others.
std::vector<std::string> groups_of(const std::vector<Described>& commands);
// The words after `group` ("" = after the program), with their help.
std::vector<Word> words_below(const std::vector<Described>& commands, const std::string& group);

// What a flag of that name takes, by how the help shows its value and by what is known of the name.
Value describe_value(const std::string& name, const std::string& shown);
// The words that are known for it beside those that the help shows.
void add_known_words(const std::string& name, Value& value);

// "runs/*/config.yaml": a shell's pattern for what tells that a folder is a run.
std::string runs_pattern();

}  // namespace facegan::app
