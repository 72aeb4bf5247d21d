// facegan completion, facegan man: printed, and kept by the build for what is installed.
#include "app/command_line/completion/scripts.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

void print_text(std::string text) {
  text.pop_back();  // the printer ends the line
  core::print(text);
}

}  // namespace

int run_completion(const Invocation& invocation) {
  const std::vector<std::string> shells = {"bash", "zsh", "fish"};
  const std::string shell = invocation.arguments.empty() ? "" : invocation.arguments.front();
  if (shell.empty())
    throw Error(ErrorKind::usage,
                "which shell? 'facegan completion' takes one of " + core::join(shells, ", "));
  if (shell == "bash")
    print_text(bash_script(commands()));
  else if (shell == "zsh")
    print_text(zsh_script(commands()));
  else if (shell == "fish")
    print_text(fish_script(commands()));
  else
    throw Error(ErrorKind::usage,
                core::str("there is no completion for '", core::printable(shell), "', only for ",
                          core::join(shells, ", "), core::did_you_mean(shell, shells)));
  return 0;
}

int run_man(const Invocation&) {
  print_text(manual_page(commands()));
  return 0;
}

}  // namespace facegan::app
