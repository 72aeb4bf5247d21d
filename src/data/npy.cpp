#include "data/npy.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;

constexpr std::size_t kMaxHeaderBytes = 1 << 16, kMaxDimensions = 4;

template <class... What>
[[noreturn]] void refuse(const What&... what) {
  throw Error(ErrorKind::data, str(what...));
}

// The header is a line of Python: {'descr': '|u1', 'fortran_order': False, 'shape': (60000, 28, 28), }
class Header {
 public:
  explicit Header(std::string_view text) : text_(text) {}

  NpyArray parse() {
    NpyArray array;
    bool has_type = false, has_order = false, has_shape = false;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !has_type) {
        has_type = true;
        array.type = quoted();
      } else if (key == "fortran_order" && !has_order) {
        has_order = true;
        if (word() != "False") refuse("its array lies column by column (fortran_order); save it in C order");
      } else if (key == "shape" && !has_shape) {
        has_shape = true;
        array.shape = numbers();
      } else {
        damaged();
      }
      if (!take(',') && peek() != '}') damaged();
    }
    if (!has_type || !has_order || !has_shape || peek() != '\0') damaged();
    return array;
  }

 private:
  [[noreturn]] static void damaged() { refuse("its array has a broken header"); }
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c || c == '\0') return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) damaged();
  }
  std::string quoted() {
    const char quote = peek();
    if (quote == '[') refuse("its array is a table of fields, not one of numbers");
    if (quote != '\'' && quote != '"') damaged();
    const auto end = text_.find(quote, at_ + 1);
    if (end == text_.npos) damaged();
    const std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }
  std::string word() {
    peek();
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::isalnum(static_cast<unsigned char>(text_[at_]))) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> out;
    expect('(');
    while (!take(')')) {
      std::int64_t number = 0;
      if (!core::parse_integer(word(), number) || number < 0) damaged();
      if (out.size() == kMaxDimensions) refuse("its array has more than ", kMaxDimensions, " dimensions");
      out.push_back(static_cast<std::uint64_t>(number));
      if (!take(',') && peek() != ')') damaged();
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::uint64_t bytes_of_a_number(const std::string& type) {
  if (type.find('O') != type.npos) refuse("its array holds Python objects, which are not read");
  for (const char* known : {"|u1", "|i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">u4", "<i4", ">i4", "<u8",
                            ">u8", "<i8", ">i8", "|b1"})
    if (type == known) return static_cast<std::uint64_t>(type[2] - '0');
  refuse("its numbers are of the type '", core::printable(type), "', not whole numbers such as uint8");
}

}  // namespace

std::string NpyArray::shape_text() const {
  std::vector<std::string> sides;
  for (const std::uint64_t side : shape) sides.push_back(std::to_string(side));
  return core::join(sides, "x");
}

NpyArray parse_npy(std::string_view text) {
  if (text.size() < 10 || !text.starts_with("\x93NUMPY")) refuse("it does not begin as an array of numpy");
  const int version = text[6];
  if (version < 1 || version > 3) refuse("its array is of version ", version, ", of which nothing is known");
  const std::size_t width = version == 1 ? 2 : 4, begin = 8 + width;
  if (text.size() < begin) refuse("its array ends inside its header");
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < width; ++i)
    size |= std::uint64_t{static_cast<unsigned char>(text[8 + i])} << (8 * i);
  if (size > kMaxHeaderBytes || size > text.size() - begin) refuse("its array ends inside its header");
  NpyArray array = Header(text.substr(begin, size)).parse();
  array.bytes = text.substr(begin + size);
  std::uint64_t bytes = bytes_of_a_number(array.type);
  for (const std::uint64_t side : array.shape)
    if (__builtin_mul_overflow(bytes, side, &bytes))
      refuse("its array claims ", array.shape_text(), " numbers");
  if (bytes != array.bytes.size())
    refuse("its array claims ", array.shape_text(), " numbers (", bytes, " bytes), but it has ",
           array.bytes.size(), " bytes");
  return array;
}

GreyRecords grey_records(const NpyArray& array) {
  auto shape = array.shape;
  if (shape.size() == 4 && shape[3] == 1) shape.pop_back();
  if (shape.size() == 4 && shape[3] == 3)
    refuse("its pictures are in colour (", array.shape_text(),
           "): write them into a folder, and take --dataset folder");
  if (shape.size() == 2) {
    const auto side = static_cast<std::uint64_t>(std::lround(std::sqrt(static_cast<double>(shape[1]))));
    if (side * side == shape[1]) shape = {shape[0], side, side};
  }
  if (array.type != "|u1" || shape.size() != 3 || shape[0] == 0 || shape[1] == 0 || shape[2] == 0 ||
      shape[0] > UINT32_MAX || shape[1] > kMaxGreySide || shape[2] > kMaxGreySide)
    refuse("its pictures are ", array.shape_text(), " of type '", core::printable(array.type),
           "', not N x HEIGHT x WIDTH of uint8 ('|u1')");
  GreyRecords records{static_cast<std::uint32_t>(shape[0]),
                      static_cast<std::uint32_t>(shape[1]),
                      static_cast<std::uint32_t>(shape[2]),
                      {}};
  const auto* begin = reinterpret_cast<const unsigned char*>(array.bytes.data());
  records.pixels.assign(begin, begin + array.bytes.size());
  return records;
}

std::vector<unsigned char> labels_of(const NpyArray& array, std::size_t count) {
  const bool is_list = array.shape.size() == 1 || (array.shape.size() == 2 && array.shape[1] == 1);
  if (!is_list || array.shape[0] != count)
    refuse("its labels are ", array.shape_text(), ", for ", count, " pictures");
  const auto width = static_cast<std::size_t>(array.type[2] - '0');
  const bool big = array.type[0] == '>';
  std::vector<unsigned char> labels(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = array.bytes.substr(i * width, width);
    const std::size_t lowest = big ? width - 1 : 0;
    labels[i] = static_cast<unsigned char>(number[lowest]);
    for (std::size_t k = 0; k < width; ++k)
      if (k != lowest && number[k] != 0) refuse("a label is none of 0 to 255");
    if (array.type[1] == 'i' && width == 1 && number[0] < 0) refuse("a label is none of 0 to 255");
  }
  return labels;
}

}  // namespace facegan::data
