#pragma once
// What a run trains its networks to show: one of several classes, or attributes that a picture has or has
// not. A picture has a row of numbers of it: classes 1 for its own and 0 for the others, attributes 1 or -1.
// Zeros alone say nothing of it.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace facegan::spec {

using ConditionRow = std::vector<float>;  // [names]
// What --with asks for: numbers of a row, and nothing where all are welcome. Empty: nothing is asked for.
using WantedRow = std::vector<std::optional<float>>;

class Condition {
 public:
  Condition() = default;  // none
  // asked: of --condition, such as "digit", "folder" or "Male,Smiling"; names: of the numbers.
  Condition(std::string asked, std::vector<std::string> names);

  bool any() const { return !names_.empty(); }
  bool has_classes() const;
  const std::string& asked() const { return asked_; }
  const std::vector<std::string>& names() const { return names_; }

  // "7", "digit=7", "Smiling=1,Male=0.5"; "" asks for nothing. Error(usage) says what there is.
  WantedRow parse(const std::string& with) const;
  // As parse() reads it.
  std::string text(const ConditionRow& row) const;
  // Whether a real picture's row is what is asked for; one that says nothing is not.
  bool fits(const ConditionRow& row, const WantedRow& wanted) const;

 private:
  std::string asked_;
  std::vector<std::string> names_;
};

// Classes rather than attributes, by what --condition says.
bool is_class_condition(const std::string& asked);

inline constexpr std::int64_t kMaxClasses = 1000;

}  // namespace facegan::spec
