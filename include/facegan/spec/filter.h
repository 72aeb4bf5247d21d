#pragma once
// Which pictures of a data set are wanted (--where), as text: "Smiling and not (Male or Eyeglasses=1)".
//
//   any  = all { "or" all }          all = one { "and" one }
//   one  = "not" one | "(" any ")" | test
//   test = NAME [ ( "=" | "<" | "<=" | ">" | ">=" ) VALUE ]
//
// NAME and VALUE have no blanks and none of ( ) = < > ' "; in quotes of either kind they may have all but
// that quote, and may be spelled as a keyword. Keywords are and, or, not in small or capital letters. What a
// test means, the data set knows.
#include <cstddef>
#include <string>
#include <vector>

namespace facegan::spec {

// NAME alone has neither compare nor value.
struct FilterTest {
  std::string name, compare, value;
  std::size_t at = 0;  // where NAME stands, in characters from 1
};

class Filter {
 public:
  Filter() = default;  // wants everything, as "" does
  // Error(usage) names the place and the text.
  explicit Filter(const std::string& text);

  bool wants_all() const { return steps_.empty(); }
  const std::string& text() const { return text_; }
  const std::vector<FilterTest>& tests() const { return tests_; }
  // Whether a picture is wanted for which test i holds where holds[i] is set.
  bool wants(const std::vector<bool>& holds) const;
  // Error(usage): what is wrong at that character of the text.
  [[noreturn]] void refuse(std::size_t at, const std::string& why) const;

 private:
  friend class FilterParser;
  // In the order of computation: operands first.
  struct Step {
    enum Kind { test, negate, both, either } kind;
    std::size_t index = 0;  // of the test
  };
  std::string text_;
  std::vector<FilterTest> tests_;
  std::vector<Step> steps_;
};

}  // namespace facegan::spec
