#include "report/html.h"

#include "facegan/core/text.h"
#include "report/page.h"

namespace facegan::report {

std::string escape_html(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  const bool valid = core::is_utf8(text);
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f || (byte >= 0x80 && !valid))
      out += kReplacement;
    else
      out += c;
  }
  return out;
}

std::string section(const char* id, const char* heading, const std::string& content) {
  if (content.empty()) return "";
  return core::str("<section id=\"", id, "\" aria-labelledby=\"h-", id, "\"><h2 id=\"h-", id, "\">", heading,
                   "</h2>\n", content, "</section>\n");
}

std::string html_page(std::string_view title, std::string_view body_attributes, std::string_view body) {
  // The policy holds the browser to what the page promises: nothing is fetched but a training.gif beside it.
  return core::str(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data: 'self' "
      "file:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
      "<title>",
      escape_html(title), "</title>\n<style>\n", kPageStyle, "</style>\n</head>\n<body", body_attributes,
      ">\n", body, "<script>\n", kPageScript, "</script>\n</body>\n</html>\n");
}

}  // namespace facegan::report
