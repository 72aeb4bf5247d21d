#pragma once
// The call that makes a picture again: written into the picture in one spelling, whatever was typed, and read
// back from pictures that may come from strangers.
#include <map>
#include <string>

#include "app/command_line/commands.h"

namespace facegan::app {

struct CallAgain {
  const Command* command = nullptr;
  std::map<std::string, std::string> own;  // as in Invocation, without "out", which is the reader's
};

// The words of the call, from "facegan" on, flags in the order of the table.
std::vector<std::string> words_of(const CallAgain& call);
// The same as one line that every usual shell reads as these words; "" where one does not show as it is.
std::string text_of(const CallAgain& call);
// Error(data) for all but the call of a command that makes pictures from a named checkpoint, with flags that
// it has, a checksum that is one (it stands in a line for a shell) and values that a terminal shows as they
// are.
CallAgain parse_call(const std::string& text);

// Whether it can be the checksum of a checkpoint: 16 hex digits in small letters.
bool is_checksum(const std::string& text);

// Of a file as the call names it: below the current folder relative to it, else absolute.
std::string named_path(const std::string& path);

}  // namespace facegan::app
