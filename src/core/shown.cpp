// Text from outside made safe for a terminal, a log and a shell.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <iterator>
#include <optional>

#include "facegan/core/text.h"

namespace facegan::core {
namespace {

// Takes one character from the front; nothing, and one byte, where there is none (RFC 3629).
std::optional<char32_t> take_character(std::string_view& text, std::string_view& bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t size = lead < 0x80                   ? 1
                           : lead >= 0xC2 && lead < 0xE0 ? 2
                           : (lead & 0xF0) == 0xE0       ? 3
                           : lead >= 0xF0 && lead < 0xF5 ? 4
                                                         : 0;
  std::optional<char32_t> character;
  if (size == 1) character = lead;
  if (size > 1 && size <= text.size()) {
    // Overlong forms, surrogates and values above U+10FFFF show in the second byte.
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    char32_t value = lead & (0x7Fu >> size);
    bool valid = byte(1) >= low && byte(1) <= high;
    for (std::size_t i = 1; i < size; ++i) {
      valid = valid && (byte(i) & 0xC0) == 0x80;
      value = value << 6 | (byte(i) & 0x3Fu);
    }
    if (valid) character = value;
  }
  bytes = text.substr(0, character ? size : 1);
  text.remove_prefix(bytes.size());
  return character;
}

// Control characters, what turns the direction of writing, and what leaves no mark: general categories Cc, Zl
// and Zp of Unicode 15, its property Default_Ignorable_Code_Point, and interlinear annotation.
constexpr struct {
  char32_t first, last;
} kUnseen[] = {{0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},    {0x61C, 0x61C},
               {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},  {0x2028, 0x202E},
               {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0},
               {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

bool is_seen(char32_t character) {
  const auto range = std::find_if(std::begin(kUnseen), std::end(kUnseen),
                                  [&](const auto& r) { return character <= r.last; });
  return range == std::end(kUnseen) || character < range->first;
}

bool stands_for_itself(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("-_./:@+=,").find(c) != std::string::npos;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::string_view bytes; !text.empty();)
    if (!take_character(text, bytes)) return false;
  return true;
}

bool shows_as_it_is(std::string_view text) {
  for (std::string_view bytes; !text.empty();)
    if (const auto character = take_character(text, bytes); !character || !is_seen(*character)) return false;
  return true;
}

std::string printable(std::string_view text, std::size_t most_bytes) {
  std::string out;
  std::size_t taken = 0;
  for (std::string_view bytes; !text.empty();) {
    const auto character = take_character(text, bytes);
    if ((taken += bytes.size()) > most_bytes) return out + "...";
    if (character && is_seen(*character)) {
      out += bytes;
      continue;
    }
    char escaped[16];
    std::snprintf(escaped, sizeof escaped, !character || *character < 0x80 ? "\\x%02x" : "\\u{%x}",
                  character ? static_cast<unsigned>(*character) : static_cast<unsigned char>(bytes[0]));
    out += escaped;
  }
  return out;
}

std::string yaml_escaped(std::string_view text) {
  std::string out;
  for (std::string_view bytes; !text.empty();) {
    const auto character = take_character(text, bytes);
    if (!character || is_seen(*character)) {
      if (bytes == "\"" || bytes == "\\") out += '\\';
      out += bytes;
      continue;
    }
    char escaped[16];
    std::snprintf(escaped, sizeof escaped,
                  *character < 0x100     ? "\\x%02x"
                  : *character < 0x10000 ? "\\u%04x"
                                         : "\\U%08x",
                  static_cast<unsigned>(*character));
    out += escaped;
  }
  return out;
}

std::string shell_quoted(std::string_view word) {
  if (!shows_as_it_is(word)) return "";
  // zsh reads =ls as the path of ls, with MAGIC_EQUAL_SUBST in x==ls, too.
  const bool expands = word.starts_with('=') || word.find("==") != std::string_view::npos;
  if (!word.empty() && !expands && std::all_of(word.begin(), word.end(), stands_for_itself))
    return std::string(word);
  // In fish a backslash means something between single quotes, too, so that it stands outside of them.
  std::string out;
  bool open = false;
  const auto quote = [&](bool opens) {
    if (open != opens) out += '\'';
    open = opens;
  };
  for (const char c : word) {
    quote(c != '\'' && c != '\\');
    if (!open) out += '\\';
    out += c;
  }
  quote(false);
  return word.empty() ? "''" : out;
}

}  // namespace facegan::core
