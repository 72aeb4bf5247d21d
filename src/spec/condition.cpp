#include "facegan/spec/condition.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::spec {
namespace {

using core::printable;
using core::str;

[[noreturn]] void refuse(const std::string& with, const std::string& why) {
  throw Error(ErrorKind::usage, str("--with '", printable(with), "': ", why));
}

// "0, 1, 2 and 97 more"
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 40;
  const std::size_t count = std::min(names.size(), kNamed);
  const std::string some =
      core::join({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count)}, ", ");
  return printable(some) + (names.size() > count ? str(" and ", names.size() - count, " more") : "");
}

std::size_t place_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

bool is_class_condition(const std::string& asked) {
  return asked == "digit" || asked == "folder";
}

Condition::Condition(std::string asked, std::vector<std::string> names)
    : asked_(std::move(asked)), names_(std::move(names)) {}

bool Condition::has_classes() const {
  return is_class_condition(asked_);
}

WantedRow Condition::parse(const std::string& with) const {
  if (with.empty()) return {};
  if (!any()) refuse(with, "this model was trained without a condition (train --condition)");
  WantedRow wanted(names_.size());
  if (has_classes()) {
    const std::string prefix = asked_ + "=";
    std::size_t place = place_of(names_, with);
    if (place == names_.size() && with.starts_with(prefix))
      place = place_of(names_, with.substr(prefix.size()));
    if (place == names_.size()) refuse(with, str("no such ", asked_, "; there are ", some_of(names_)));
    for (std::size_t k = 0; k < wanted.size(); ++k) wanted[k] = k == place ? 1.f : 0.f;
    return wanted;
  }
  for (const std::string& part : core::split(with, ',')) {
    const std::string text(core::trim(part));
    const auto equals = text.find('=');
    const std::string name(core::trim(text.substr(0, equals)));
    const std::size_t place = place_of(names_, name);
    if (place == names_.size())
      refuse(with, str("this model knows no '", printable(name), "'; there are ", some_of(names_)));
    if (wanted[place]) refuse(with, str(name, " stands there twice"));
    double value = 1;
    if (equals != std::string::npos &&
        (!core::parse_real(core::trim(text.substr(equals + 1)), value) || !(value >= 0 && value <= 1)))
      refuse(with, str(name, " is 1 (there), 0 (not there) or between"));
    wanted[place] = static_cast<float>(2 * value - 1);
  }
  return wanted;
}

std::string Condition::text(const ConditionRow& row) const {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < names_.size(); ++k) {
    if (!has_classes())
      parts.push_back(str(names_[k], "=", core::number_text(std::round((row[k] + 1) / 2 * 1e6) / 1e6)));
    else if (row[k] == 1)
      return names_[k];
  }
  return core::join(parts, ",");
}

bool Condition::fits(const ConditionRow& row, const WantedRow& wanted) const {
  bool says = false;
  for (std::size_t k = 0; k < row.size(); ++k) {
    says = says || row[k] != 0;
    if (k >= wanted.size() || !wanted[k]) continue;
    const bool between = !has_classes() && *wanted[k] > -1 && *wanted[k] < 1;  // fits every picture
    if (!between && (*wanted[k] > 0) != (row[k] > 0)) return false;
  }
  return says;
}

}  // namespace facegan::spec
