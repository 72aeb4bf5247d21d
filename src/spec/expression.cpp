// Integer expressions of layer lists: `$width * $size / 16 / 2^$i`.
#include <algorithm>
#include <cctype>
#include <cstdint>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/spec/network.h"

namespace facegan::spec {
namespace {

using core::str;

class Evaluator {
 public:
  Evaluator(const std::string& text, const std::map<std::string, std::int64_t>& variables,
            const std::string& where)
      : text_(text), variables_(variables), where_(where) {}

  std::int64_t run() {
    if (text_.size() > 200) fail("it is too long");
    const std::int64_t value = sum();
    skip();
    if (at_ != text_.size()) fail(str("unexpected '", core::printable(text_.substr(at_, 10)), "'"));
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::usage, str(where_, ": cannot evaluate '", core::printable(text_), "': ", why));
  }
  // Of a name that is not among the variables: some are there only for some sizes.
  [[noreturn]] void fail_without(const std::string& name) const {
    const auto width = variables_.find("width_px"), height = variables_.find("height_px");
    if (width != variables_.end() && height != variables_.end()) {
      const std::string size = str(width->second, "x", height->second);
      if (name == "size")
        fail(str("$size is the side of squares, but pictures are ", size,
                 "; $width_px and $height_px are theirs"));
      if (name == "stages") fail(str(size, " pixels cannot be halved until the shorter side has 4 to 7"));
    }
    std::vector<std::string> known;
    for (const auto& [variable, unused] : variables_) known.push_back(variable);
    fail(str("no variable '$", core::printable(name), "' (known: $", core::join(known, ", $"), ")"));
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void close() {
    if (!take(')')) fail("a ')' is missing");
  }
  void check(bool overflow) const {
    if (overflow) fail("the result is too large");
  }

  std::int64_t sum() {
    std::int64_t value = product();
    while (true) {
      if (take('+'))
        check(__builtin_add_overflow(value, product(), &value));
      else if (take('-'))
        check(__builtin_sub_overflow(value, product(), &value));
      else
        return value;
    }
  }

  std::int64_t product() {
    std::int64_t value = power();
    while (true) {
      if (take('*')) {
        check(__builtin_mul_overflow(value, power(), &value));
      } else if (take('/')) {
        const std::int64_t by = power();
        if (by == 0) fail("division by zero");
        if (by == -1) {  // the smallest number divided by -1 stops the processor
          check(__builtin_sub_overflow(0, value, &value));
          continue;
        }
        if (value % by != 0) fail(str(value, " / ", by, " is not a whole number"));
        value /= by;
      } else {
        return value;
      }
    }
  }

  std::int64_t power() {
    const std::int64_t base = atom();
    if (!take('^')) return base;
    const std::int64_t exponent = power();
    if (exponent < 0 || exponent > 62) fail(str("the exponent ", exponent, " is not within 0..62"));
    std::int64_t value = 1;
    for (std::int64_t i = 0; i < exponent; ++i) check(__builtin_mul_overflow(value, base, &value));
    return value;
  }

  std::int64_t atom() {
    if (++depth_ > 50) fail("it is nested too deeply");
    const std::int64_t value = atom_inside();
    --depth_;
    return value;
  }

  std::int64_t atom_inside() {
    if (take('(')) {
      const std::int64_t value = sum();
      close();
      return value;
    }
    if (take('-')) {
      std::int64_t value = 0;
      check(__builtin_sub_overflow(0, atom(), &value));
      return value;
    }
    if (take('$')) {
      const std::string name = word();
      const auto it = variables_.find(name);
      if (it != variables_.end()) return it->second;
      fail_without(name);
    }
    skip();
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) ++at_;
      std::int64_t value;
      if (!core::parse_integer(text_.substr(begin, at_ - begin), value))
        fail("a number is not a decimal integer");
      return value;
    }
    const std::string name = word();
    if (name == "log2" && take('(')) {
      const std::int64_t value = sum();
      close();
      if (value <= 0 || (value & (value - 1)) != 0) fail(str("log2(", value, ") is not a whole number"));
      return __builtin_ctzll(static_cast<unsigned long long>(value));
    }
    if ((name == "min" || name == "max") && take('(')) {
      const std::int64_t a = sum();
      if (!take(',')) fail(str(name, " needs two values"));
      const std::int64_t b = sum();
      close();
      return name == "min" ? std::min(a, b) : std::max(a, b);
    }
    fail(name.empty() ? "a number is missing"
                      : str("'", core::printable(name), "' is no number; variables begin with $"));
  }

  std::string word() {
    skip();
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  const std::string& text_;
  const std::map<std::string, std::int64_t>& variables_;
  const std::string& where_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::int64_t evaluate(const std::string& expression, const std::map<std::string, std::int64_t>& variables,
                      const std::string& where) {
  return Evaluator(expression, variables, where).run();
}

}  // namespace facegan::spec
