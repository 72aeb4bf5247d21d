#pragma once
#include <string>
#include <string_view>

namespace facegan::core {

// RFC 4648, section 4, without line breaks.
std::string base64(std::string_view bytes);

}  // namespace facegan::core
