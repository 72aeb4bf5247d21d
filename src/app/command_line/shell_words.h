#pragma once
// Words of a command line, as shells read them.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::app {

// The words of a line that core::shell_quoted() made, a space between two; nothing for a line that a shell
// might read otherwise.
std::optional<std::vector<std::string>> split_words(std::string_view line);
}  // namespace facegan::app
