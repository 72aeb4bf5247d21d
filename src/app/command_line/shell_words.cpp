#include "app/command_line/shell_words.h"

#include "facegan/core/text.h"

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
    } else if (line.substr(at).starts_with("\\'")) {
      words.back() += '\'';
      ++at;
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

bool shows_as_it_is(std::string_view text) {
  if (!core::is_utf8(text)) return false;
  for (const unsigned char c : text)
    if (c < 0x20 || c == 0x7f) return false;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] == '\xC2' && static_cast<unsigned char>(text[at + 1]) < 0xA0) return false;  // U+0080 to 9F
    // U+200B to 200F, 2028 to 202E, 2060 to 206F
    if (text.substr(at, 2) == "\xE2\x80" || text.substr(at, 2) == "\xE2\x81") {
      const auto last = static_cast<unsigned char>(text[at + 2]);
      const bool second = text[at + 1] == '\x81';
      if (second ? last >= 0xA0 && last <= 0xAF
                 : (last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE))
        return false;
    }
  }
  return true;
}

}  // namespace facegan::app
