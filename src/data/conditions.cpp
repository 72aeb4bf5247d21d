// What data sets share that say of their pictures what a condition is.
#include <algorithm>

#include "data/attributes.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::data {

using core::str;

std::vector<std::size_t> columns_of(const std::vector<std::string>& asked,
                                    const std::vector<std::string>& names) {
  std::vector<std::size_t> columns;
  for (const std::string& name : asked) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      const std::string hint = core::printable(core::did_you_mean(name, names));
      throw Error(ErrorKind::usage,
                  str("--condition: unknown attribute '", core::printable(name), "'",
                      hint.empty() ? str(" (known: ", core::printable(core::join(names, ", ")), ")") : hint));
    }
    columns.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  return columns;
}

}  // namespace facegan::data
