#include "facegan/core/size.h"

#include "facegan/core/text.h"

namespace facegan::core {

std::string Size::text() const {
  return is_square() ? std::to_string(width) : both();
}

std::string Size::both(const char* by) const {
  return str(width, by, height);
}

bool parse_size(const std::string& text, Size& size) {
  const auto by = text.find('x');
  if (by == text.npos) {
    std::int64_t side;
    if (!parse_integer(text, side)) return false;
    size = Size(side);
    return true;
  }
  return parse_integer(text.substr(0, by), size.width) && parse_integer(text.substr(by + 1), size.height);
}

}  // namespace facegan::core
