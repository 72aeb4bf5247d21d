#include "data/digits_csv.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;

constexpr std::size_t kMaxLineBytes = 1 << 20, kMaxPixels = 65536;
constexpr std::size_t kNoLabel = SIZE_MAX;

// The side of a square of so many pixels, 0 = they make none.
std::uint32_t side_of(std::size_t pixels) {
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(pixels))));
  return pixels > 3 && pixels <= kMaxPixels && side * side == pixels ? static_cast<std::uint32_t>(side) : 0;
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : text_(text), name_(name) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }

  DigitsCsv read() {
    if (!next_line()) refuse("the file is empty");
    const std::size_t first = std::min(line_.find_first_not_of("\" "), line_.size() - 1);
    const bool has_header = line_[first] < '0' || line_[first] > '9';
    find_label(has_header);
    const std::uint32_t side = side_of(fields_ - (label_ == kNoLabel ? 0 : 1));
    if (side == 0)
      refuse(str(fields_, " values a line",
                 has_header && label_ == kNoLabel ? ", none of them called label or class in the header" : "",
                 ": a label and the pixels of a square picture should be there, such as 785 for 28x28"));
    out_.records.rows = out_.records.columns = side;
    if (has_header && !next_line()) refuse("the file ends after its header");
    do {
      if (out_.records.count == UINT32_MAX) refuse("more lines than are read");
      read_row();
      ++out_.records.count;
    } while (next_line());
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorKind::data, str(name_, ":", number_, ": ", why));
  }

  // The next line that is not blank, without its end.
  bool next_line() {
    while (!text_.empty()) {
      const std::size_t end = std::min(text_.find('\n'), text_.size());
      line_ = text_.substr(0, end);
      text_.remove_prefix(std::min(end + 1, text_.size()));
      ++number_;
      if (line_.size() > kMaxLineBytes) refuse(str("a line of more than ", kMaxLineBytes, " bytes"));
      line_ = core::trim(line_);
      if (!line_.empty()) return true;
    }
    return false;
  }

  // By its name in the header; without one it comes first, unless the pixels alone make a square.
  void find_label(bool has_header) {
    fields_ = static_cast<std::size_t>(std::count(line_.begin(), line_.end(), ',')) + 1;
    if (!has_header) {
      label_ = side_of(fields_) > 0 ? kNoLabel : 0;
      return;
    }
    std::size_t field = 0;
    for (std::string_view rest = line_; field < fields_; ++field) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      std::string_view word = core::trim(rest.substr(0, end));
      if (word.size() > 1 && word.front() == '"' && word.back() == '"')
        word = word.substr(1, word.size() - 2);
      const std::string lower = core::lower_case(word);
      if (label_ == kNoLabel && (lower == "label" || lower == "class")) label_ = field;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  void read_row() {
    std::size_t field = 0, at = 0;
    for (; field < fields_; ++field) {
      const unsigned value = number(at, field);
      if (field == label_)
        out_.labels.push_back(static_cast<unsigned char>(value));
      else
        out_.records.pixels.push_back(static_cast<unsigned char>(value));
      if (at < line_.size() && line_[at] == ',') {
        ++at;
        continue;
      }
      ++field;
      break;
    }
    if (field != fields_ || at < line_.size() || line_.back() == ',')
      refuse(str("another number of values than the ", fields_, " of the first line"));
  }

  // From 0 to 255, with blanks or quotes around it.
  unsigned number(std::size_t& at, std::size_t field) const {
    const auto skip = [&] {
      while (at < line_.size() && (line_[at] == ' ' || line_[at] == '"')) ++at;
    };
    skip();
    const std::size_t begin = at;
    unsigned value = 0;
    for (; at < line_.size() && line_[at] >= '0' && line_[at] <= '9' && at - begin < 3; ++at)
      value = value * 10 + static_cast<unsigned>(line_[at] - '0');
    const bool good = at > begin && value <= 255;
    skip();
    if (good && (at == line_.size() || line_[at] == ',')) return value;
    const auto text = line_.substr(begin, std::min(line_.find(',', begin), line_.size()) - begin);
    refuse(str("value ", field + 1, " is '", core::printable(text, 40), "', no whole number from 0 to 255"));
  }

  std::string_view text_, line_;
  const std::string& name_;
  std::size_t number_ = 0, fields_ = 0, label_ = kNoLabel;
  DigitsCsv out_;
};

}  // namespace

DigitsCsv parse_digits_csv(std::string_view text, const std::string& name) {
  return Reader(text, name).read();
}

}  // namespace facegan::data
