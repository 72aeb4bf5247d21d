#include "data/attribute_file.h"

#include <algorithm>

#include "data/foreign.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;

constexpr std::uint64_t kMaxBytes = 512u << 20;
constexpr std::size_t kMaxLineBytes = 1 << 16, kMaxColumns = 1000, kMaxRows = 2'000'000;
constexpr std::string_view kBlanks = " \t\r";

}  // namespace

AttributeFile::AttributeFile(const std::filesystem::path& path)
    : AttributeFile(core::printable(path.string()), core::read_file(path, kMaxBytes, ErrorKind::data)) {}

AttributeFile::AttributeFile(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  if (text_.starts_with("PK\3\4")) throw Error(ErrorKind::data, str(name_, " is a zip; unpack it"));
  if (const std::string kind = foreign_kind(std::string_view(text_).substr(0, kHeadBytes)); !kind.empty())
    throw Error(ErrorKind::data, str(name_, " is ", kind));
  if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // a byte order mark
  read_header();
  while (next_line()) read_row();
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return a.picture != b.picture ? a.picture < b.picture : a.line < b.line;
  });
  for (std::size_t i = 1; i < rows_.size(); ++i)
    if (rows_[i].picture == rows_[i - 1].picture)
      refuse(rows_[i].line,
             str(core::printable(rows_[i].picture), " has a row already, at line ", rows_[i - 1].line));
  if (count_ >= 0 && count_ != static_cast<std::int64_t>(rows_.size()))
    core::log_warning(name_, ":1: the file says ", count_, " rows and has ", rows_.size(),
                      "; these are used");
}

std::uint32_t AttributeFile::find(std::string_view picture) const {
  const auto found =
      std::lower_bound(rows_.begin(), rows_.end(), picture,
                       [](const Row& row, std::string_view wanted) { return row.picture < wanted; });
  return found != rows_.end() && found->picture == picture ? found->number : kNone;
}

// The next line that is not blank.
bool AttributeFile::next_line() {
  while (at_ < text_.size()) {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line_ = std::string_view(text_).substr(at_, end - at_);
    at_ = end + 1;
    ++number_;
    if (line_.size() > kMaxLineBytes) refuse(number_, str("a line of more than ", kMaxLineBytes, " bytes"));
    if (line_.find_first_not_of(kBlanks) != line_.npos) return true;
  }
  return false;
}

// Of the line: its parts between commas without the blanks around them, or between blanks.
std::vector<std::string_view> AttributeFile::fields() {
  std::vector<std::string_view> parts;
  const std::string_view separators = has_commas_ ? "," : kBlanks;
  for (std::size_t begin = 0; begin <= line_.size();) {
    if (const auto first = line_.find_first_not_of(kBlanks, begin);
        has_commas_ && first != line_.npos && line_[first] == '"') {
      begin = first;
      parts.push_back(quoted(begin));
      continue;
    }
    const std::size_t end = std::min(line_.find_first_of(separators, begin), line_.size());
    const std::string_view part = core::trim(line_.substr(begin, end - begin));
    if (has_commas_ || !part.empty()) parts.push_back(part);
    begin = end + 1;
  }
  return parts;
}

// The field whose quote is at `at`, which goes behind the comma after it. In quotes "" would be a quote: no
// name of a picture or an attribute has one.
std::string_view AttributeFile::quoted(std::size_t& at) {
  const auto close = line_.find('"', at + 1);
  const auto next = close == line_.npos ? close : line_.find_first_not_of(kBlanks, close + 1);
  if (close == line_.npos || (next != line_.npos && line_[next] != ','))
    refuse(number_, "a quote that does not end before a comma");
  const std::string_view field = core::trim(line_.substr(at + 1, close - at - 1));
  at = next == line_.npos ? line_.size() + 1 : next + 1;
  return field;
}

void AttributeFile::read_header() {
  if (!next_line()) refuse(1, "the file is empty");
  has_commas_ = line_.find(',') != line_.npos;
  if (!has_commas_) {
    const std::string_view text = core::trim(line_);
    if (!core::parse_integer(text, count_) || count_ < 0)
      refuse(number_, str("the number of rows should stand here, not '", core::printable(text), "'"));
    if (!next_line()) refuse(number_, "the file ends before the names of the attributes");
  }
  const auto parts = fields();
  // pandas writes the number of a row before it, in a column without a name; so is that of the pictures where
  // they are its index.
  skipped_ =
      has_commas_ && parts.size() > 2 && (parts[0].empty() || parts[0] == "Unnamed: 0") && is_numbered();
  names_.assign(parts.begin() + static_cast<std::ptrdiff_t>(has_commas_ ? 1 + skipped_ : 0), parts.end());
  if (names_.size() > kMaxColumns)
    refuse(number_, str(names_.size(), " attributes, more than the ", kMaxColumns, " that are read"));
  auto sorted = names_;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) refuse(number_, str("the attribute '", core::printable(*twice), "' twice"));
}

// Whether the next row begins with a number. Stays before it.
bool AttributeFile::is_numbered() {
  const auto at = at_;
  const auto number = number_;
  std::int64_t first;
  const bool is_one = next_line() && core::parse_integer(fields().front(), first);
  at_ = at, number_ = number;
  return is_one;
}

void AttributeFile::read_row() {
  const auto parts = fields();
  const std::size_t before = skipped_ + 1;
  if (parts.size() != names_.size() + before)
    refuse(number_, str(parts.size() < before ? 0 : parts.size() - before, " values for ", names_.size(),
                        " attributes"));
  if (rows_.size() == kMaxRows) refuse(number_, str("more than the ", kMaxRows, " rows that are read"));
  rows_.push_back({parts[skipped_], static_cast<std::uint32_t>(rows_.size()), number_});
  for (std::size_t i = before; i < parts.size(); ++i) {
    const std::string_view value = parts[i];
    const bool yes = value == "1" || value == "True" || value == "true" || value == "TRUE";
    if (!yes && value != "-1" && value != "0" && value != "False" && value != "false" && value != "FALSE")
      refuse(number_,
             str(core::printable(names_[i - before]), " is 1 or -1, not '", core::printable(value), "'"));
    values_.push_back(yes);
  }
}

void AttributeFile::refuse(std::size_t line, const std::string& why) const {
  throw Error(ErrorKind::data, str(name_, ":", line, ": ", why));
}

}  // namespace facegan::data
