#pragma once
// What completes a command line of facegan in a shell: one script for each shell, free of facts about this
// machine, which looks at nothing but the words, runs/ and what files there are, and evaluates none of it.
#include <string>
#include <vector>

#include "app/command_line/commands.h"

namespace facegan::app {

std::string bash_script(const std::vector<Command>& table);
std::string zsh_script(const std::vector<Command>& table);
std::string fish_script(const std::vector<Command>& table);

// The manual page, in macros of man(7).
std::string manual_page(const std::vector<Command>& table);

}  // namespace facegan::app
