#pragma once
// The pieces that pages are made of.
#include <string>
#include <string_view>

namespace facegan::report {

// <section> with a heading; nothing around nothing. `content` is HTML.
std::string section(const char* id, const char* heading, const std::string& content);

// The whole file. `title` is escaped here, `body_attributes` and `body` are HTML.
std::string html_page(std::string_view title, std::string_view body_attributes, std::string_view body);

}  // namespace facegan::report
