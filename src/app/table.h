#pragma once
#include <string>
#include <vector>

namespace facegan::app {

using Row = std::vector<std::string>;

// Rows as lines of equal columns, two spaces apart; `alignment` has an l or r for each column. Without the
// last line break.
std::string as_table(const std::vector<Row>& rows, const std::string& alignment);

}  // namespace facegan::app
