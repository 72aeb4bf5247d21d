#include "app/command_line/completion/roff.h"

#include <cstdio>

#include "facegan/core/text.h"

namespace facegan::app {
namespace {

// The number of the letter at `at` of well-formed UTF-8, which is moved behind it.
unsigned letter_at(const std::string& text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  unsigned number = first < 0xe0 ? first & 0x1fu : first < 0xf0 ? first & 0x0fu : first & 0x07u;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80u)
    number = number << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fu);
  return number;
}

std::string escape_of(char c) {
  switch (c) {
    case '\\':
      return "\\(rs";
    case '-':
      return "\\-";  // a minus, which can be pasted; a bare one may be shown as a hyphen
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    case '"':
      return "\\(dq";
    default:
      return std::string(1, c);
  }
}

}  // namespace

std::string roff(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      out += escape_of(text[at++]);
      continue;
    }
    char escape[16];
    std::snprintf(escape, sizeof escape, "\\[u%04X]", letter_at(text, at));
    out += escape;
  }
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + roff(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return "\\fI" + roff(text) + "\\fR";
}

ManualPage::ManualPage(const std::string& name, const std::string& date, const std::string& version) {
  text_ =
      core::str(".\\\" Made by facegan from its tables.\n.TH ", name, " 1 ", date, " \"", version, "\"\n");
}

void ManualPage::macro(const std::string& name, const std::string& argument) {
  text_ += core::str(".", name, " \"", argument, "\"\n");
}

void ManualPage::section(const std::string& title) {
  text_ += ".SH " + title + "\n";
}

void ManualPage::part(const std::string& title) {
  macro("SS", title);
}

void ManualPage::lines(const std::string& text) {
  constexpr std::size_t kColumns = 78;
  std::string line;
  const auto end_line = [&] {
    // A point at its beginning would make it a request.
    if (line.starts_with('.')) line.insert(0, "\\&");
    if (!line.empty()) text_ += line + "\n";
    line.clear();
  };
  for (const std::string& word : core::split(text, ' ')) {
    if (word.empty()) continue;
    if (line.size() + 1 + word.size() > kColumns) end_line();
    line += (line.empty() ? "" : " ") + word;
  }
  end_line();
}

void ManualPage::paragraph(const std::string& text) {
  // Right below a heading there is one already.
  const auto last = text_.rfind('\n', text_.size() - 2) + 1;
  if (text_.compare(last, 3, ".SH") != 0 && text_.compare(last, 3, ".SS") != 0) text_ += ".PP\n";
  lines(text);
}

void ManualPage::entry(const std::string& term, const std::string& text) {
  text_ += ".TP\n";
  lines(term);
  lines(text);
}

void ManualPage::example(const std::string& says, const std::string& line) {
  paragraph(roff(says));
  text_ += ".RS 4\n.nf\n" + bold(line) + "\n.fi\n.RE\n";
}

}  // namespace facegan::app
