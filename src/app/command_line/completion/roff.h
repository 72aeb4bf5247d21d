#pragma once
// Text of a manual page in macros of man(7), for groff and mandoc alike.
#include <string>

namespace facegan::app {

// As it is to be read: with \ - ' ` ^ ~ and what is not ASCII as escapes.
std::string roff(const std::string& text);
std::string bold(const std::string& text);
std::string italic(const std::string& text);

class ManualPage {
 public:
  ManualPage(const std::string& name, const std::string& date, const std::string& version);
  void section(const std::string& title);
  void part(const std::string& title);
  // Of roff(), bold() and italic(), in lines of up to 78 columns.
  void paragraph(const std::string& text);
  void entry(const std::string& term, const std::string& text);
  void example(const std::string& says, const std::string& line);
  const std::string& text() const { return text_; }

 private:
  void lines(const std::string& text);
  void macro(const std::string& name, const std::string& argument);

  std::string text_;
};

}  // namespace facegan::app
