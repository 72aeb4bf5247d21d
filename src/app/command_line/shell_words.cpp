#include "app/command_line/shell_words.h"

namespace facegan::app {
namespace {

bool stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_./,:@%+=").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words(1);
  bool begun = false;  // an empty word is written ''
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (stands_for_itself(line[at])) {
      words.back() += line[at];
    } else if (line[at] == '\'') {
      const std::size_t end = line.find('\'', at + 1);
      if (end == std::string_view::npos) return {};
      words.back() += line.substr(at + 1, end - at - 1);
      at = end;
    } else if (line.substr(at).starts_with("\\'") || line.substr(at).starts_with("\\\\")) {
      words.back() += line[++at];
    } else if (line[at] == ' ' && begun) {
      words.emplace_back();
      begun = false;
      continue;
    } else {
      return {};
    }
    begun = true;
  }
  if (!begun) return {};
  return words;
}

}  // namespace facegan::app
