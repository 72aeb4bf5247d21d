#include "facegan/infer/conditions.h"

#include <algorithm>
#include <map>
#include <set>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"

namespace facegan::infer {

using core::str;
using spec::ConditionRow;

Conditions::Conditions(spec::Condition condition, std::vector<signed char> rows)
    : condition_(std::move(condition)), rows_(std::move(rows)) {}

Conditions::Conditions(const run::Loaded& loaded) {
  const std::string asked = loaded.config().condition;
  if (asked == "none") return;
  condition_ = {asked, core::split(loaded.text(run::kKeyConditions), '\n')};
  const auto& names = condition_.names();
  const std::set<std::string> different(names.begin(), names.end());
  const bool sound = different.size() == names.size() && different.count("") == 0 &&
                     std::all_of(names.begin(), names.end(),
                                 [](const std::string& name) { return core::printable(name) == name; });
  const auto count = static_cast<std::int64_t>(names.size());
  const auto* rows = loaded.file.find(kTensor);
  const bool fits =
      rows && rows->dtype == "I8" && rows->shape.size() == 2 && rows->shape[0] > 0 && rows->shape[1] == count;
  if (!sound || !fits || count != config::build_networks(loaded.config()).generator.conditions)
    throw Error(ErrorKind::checkpoint,
                str(core::printable(loaded.path.string()), ": '", run::kKeyConditions, "' and '", kTensor,
                    "' do not fit its condition, ", core::printable(asked)));
  const char* bytes = loaded.file.bytes_of(*rows);
  rows_.assign(bytes, bytes + rows->bytes());
}

ConditionRow Conditions::real(std::size_t i) const {
  const std::size_t count = condition_.names().size();
  const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(i * count);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

ConditionRow Conditions::row(std::uint64_t seed, std::uint64_t index, const spec::WantedRow& wanted) const {
  if (!any()) return {};
  const std::size_t count = rows_.size() / condition_.names().size();
  std::vector<std::size_t> fitting;
  for (std::size_t i = 0; !wanted.empty() && i < count; ++i)
    if (condition_.fits(real(i), wanted)) fitting.push_back(i);
  core::Random random(seed, core::Purpose::condition, index);
  ConditionRow row = real(fitting.empty() ? random.below(count) : fitting[random.below(fitting.size())]);
  for (std::size_t k = 0; k < wanted.size(); ++k)
    if (wanted[k]) row[k] = *wanted[k];
  return row;
}

std::vector<ConditionRow> Conditions::shown(std::size_t most) const {
  std::vector<ConditionRow> out;
  if (condition_.has_classes()) {
    for (std::size_t k = 0; k < std::min(most, condition_.names().size()); ++k)
      out.emplace_back(condition_.names().size())[k] = 1;
    return out;
  }
  std::map<ConditionRow, std::size_t> counts;
  for (std::size_t i = 0; any() && i < rows_.size() / condition_.names().size(); ++i) ++counts[real(i)];
  std::vector<std::pair<ConditionRow, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  sorted.resize(std::min(most, sorted.size()));
  for (const auto& [row, times] : sorted) out.push_back(row);
  std::sort(out.begin(), out.end());
  return out;
}

Latent told(Latent z, const ConditionRow& row) {
  z.insert(z.end(), row.begin(), row.end());
  return z;
}

}  // namespace facegan::infer
