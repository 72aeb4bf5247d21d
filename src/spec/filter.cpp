#include "facegan/spec/filter.h"

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::spec {
namespace {

using core::str;

constexpr std::size_t kMaxText = 4000;
constexpr std::size_t kMaxDepth = 50;

std::string small_letters(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

class FilterParser {
 public:
  explicit FilterParser(Filter& filter) : filter_(filter), text_(filter.text_) {}

  void run() {
    for (std::size_t i = 0; i < text_.size(); ++i)
      if (static_cast<unsigned char>(text_[i]) < 0x20 || text_[i] == 0x7f)
        filter_.refuse(i + 1, "a control character");
    if (!core::is_utf8(text_)) filter_.refuse(1, "it is not UTF-8");
    advance();
    any();
    if (!word_ && token_ == ")") fail("this ')' closes nothing");
    if (!token_.empty()) fail(str("'and' or 'or' is missing before ", shown()));
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { filter_.refuse(begin_ + 1, why); }
  std::string shown() const { return token_.empty() ? "the end" : str("'", core::printable(token_), "'"); }

  // The next token: "" at the end.
  void advance() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    begin_ = at_;
    word_ = quoted_ = false;
    if (at_ == text_.size()) {
      token_.clear();
    } else if (const char c = text_[at_]; c == '(' || c == ')' || c == '=') {
      token_ = c, ++at_;
    } else if (c == '<' || c == '>') {
      token_ = c, ++at_;
      if (at_ < text_.size() && text_[at_] == '=') token_ += text_[at_++];
    } else if (c == '\'' || c == '"') {
      const std::size_t end = text_.find(c, at_ + 1);
      if (end == std::string::npos) fail("this quote does not end");
      token_ = text_.substr(at_ + 1, end - at_ - 1);
      if (token_.empty()) fail("there is nothing in these quotes");
      at_ = end + 1, word_ = quoted_ = true;
    } else {
      at_ = std::min(text_.find_first_of(" ()=<>'\"", at_), text_.size());
      token_ = text_.substr(begin_, at_ - begin_), word_ = true;
    }
  }
  bool is_keyword(const char* keyword) const { return word_ && !quoted_ && small_letters(token_) == keyword; }
  bool take(const char* keyword) {
    if (!is_keyword(keyword)) return false;
    advance();
    return true;
  }

  void any() {
    if (++depth_ > kMaxDepth) fail("it is nested too deeply");
    all();
    while (take("or")) {
      all();
      filter_.steps_.push_back({Filter::Step::either});
    }
    --depth_;
  }

  void all() {
    one();
    while (take("and")) {
      one();
      filter_.steps_.push_back({Filter::Step::both});
    }
  }

  void one() {
    bool negated = false;
    while (take("not")) negated = !negated;
    if (!word_ && token_ == "(") {
      advance();
      any();
      if (word_ || token_ != ")") fail(str("a ')' is missing before ", shown()));
      advance();
    } else {
      test();
    }
    if (negated) filter_.steps_.push_back({Filter::Step::negate});
  }

  void test() {
    if (!word_ || is_keyword("and") || is_keyword("or"))
      fail(str("the name of an attribute is missing before ", shown()));
    FilterTest test{token_, "", "", begin_ + 1};
    advance();
    if (!word_ && (token_ == "=" || token_.starts_with('<') || token_.starts_with('>'))) {
      test.compare = token_;
      advance();
      if (!word_) fail(str("a value is missing before ", shown()));
      test.value = token_;
      advance();
    }
    filter_.steps_.push_back({Filter::Step::test, filter_.tests_.size()});
    filter_.tests_.push_back(std::move(test));
  }

  Filter& filter_;
  const std::string& text_;
  std::size_t at_ = 0;     // behind the token
  std::size_t begin_ = 0;  // of the token
  std::string token_;
  bool word_ = false, quoted_ = false;  // the token is a name, a value or a keyword; not the latter
  std::size_t depth_ = 0;
};

Filter::Filter(const std::string& text) : text_(text) {
  if (text.empty()) return;
  if (text.size() > kMaxText)
    refuse(kMaxText, str("it goes on after ", kMaxText, " characters, the most that are allowed"));
  FilterParser(*this).run();
}

bool Filter::wants(const std::vector<bool>& holds) const {
  std::vector<bool> values;  // not used yet
  for (const Step& step : steps_) {
    if (step.kind == Step::test) {
      values.push_back(holds[step.index]);
    } else if (step.kind == Step::negate) {
      values.back() = !values.back();
    } else {
      const bool right = values.back();
      values.pop_back();
      values.back() = step.kind == Step::both ? values.back() && right : values.back() || right;
    }
  }
  return values.empty() || values.back();
}

void Filter::refuse(std::size_t at, const std::string& why) const {
  throw Error(ErrorKind::usage, str("--where '", core::printable(text_), "', character ", at, ": ", why));
}

}  // namespace facegan::spec
