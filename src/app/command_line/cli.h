#pragma once
// The command line: argv to a command and its invocation, made from the two tables. Free of LibTorch.
#include <string>
#include <vector>

#include "app/command_line/commands.h"
#include "facegan/core/log.h"

namespace facegan::app {

struct Parsed {
  const Command* command = nullptr;  // nullptr: print `output` and end with 0
  Invocation invocation;
  core::LogOptions log;
  std::string output;  // help or version
};

// Error(usage) for what is not in the tables, with the nearest name.
Parsed parse(const std::vector<Command>& table, int argc, const char* const* argv);

// Flags of every command, and the one of those with settings.
const std::vector<OwnFlag>& general_flags();
const OwnFlag& config_flag();

// The help of the program (no command) or of one command, without the last line break.
std::string help_text(const std::vector<Command>& table);
std::string help_text(const std::vector<Command>& table,
                      const std::string& group);  // of those that begin with it
std::string help_text(const Command& command);

// Parses, runs the command and turns every exception into one line and an exit code.
int run(const std::vector<Command>& table, int argc, const char* const* argv);

}  // namespace facegan::app
