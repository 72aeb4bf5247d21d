#pragma once
// Words of a command line, as a POSIX shell reads them.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::app {

// The words of a line that core::shell_quoted() made, a space between two; nothing for a line that a shell
// might read otherwise.
std::optional<std::vector<std::string>> split_words(std::string_view line);
// Whether a terminal shows it as it is: UTF-8 without control characters and those that turn the direction
// of writing.
bool shows_as_it_is(std::string_view text);

}  // namespace facegan::app
