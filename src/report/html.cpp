#include "report/html.h"

#include "facegan/core/text.h"
#include "report/page.h"

namespace facegan::report {

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
      core::escape_html(title), "</title>\n<style>\n", core::text_of(embedded_page(), "report.css"),
      "</style>\n</head>\n<body", body_attributes, ">\n", body, "<script>\n",
      core::text_of(embedded_page(), "report.js"), "</script>\n</body>\n</html>\n");
}

}  // namespace facegan::report
