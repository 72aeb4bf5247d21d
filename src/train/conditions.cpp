#include "train/conditions.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/infer/conditions.h"

namespace facegan::train {

using core::str;

data::ConditionTable conditions_of(config::Config& config, const data::Dataset& dataset, bool goes_on) {
  if (config.condition == "none") return {};
  data::ConditionTable table =
      data::condition_table(config.condition, {}, data::dataset_options(config), dataset);
  if (config.condition != "folder") return table;
  const auto found = static_cast<std::int64_t>(table.names.size());
  if (goes_on && config.classes != found)
    throw Error(ErrorKind::data, str("the run knows ", config.classes, " folders of pictures, now there are ",
                                     found, "; restore them, or start a new run"));
  config.classes = found;
  return table;
}

void check_conditions(const run::Loaded& from, const data::ConditionTable& conditions) {
  if (conditions.names.empty() || from.text(run::kKeyConditions) == core::join(conditions.names, "\n"))
    return;
  throw Error(ErrorKind::checkpoint,
              str("the classes of ", core::printable(from.path.string()),
                  " are not those of the pictures now; restore their folders, or start a new run"));
}

at::Tensor on_device(const data::ConditionTable& conditions, at::Device device) {
  if (conditions.names.empty()) return {};
  const auto names = static_cast<std::int64_t>(conditions.names.size());
  return at::from_blob(const_cast<signed char*>(conditions.rows.data()),
                       {static_cast<std::int64_t>(conditions.rows.size()) / names, names}, at::kChar)
      .to(device);
}

at::Tensor real_rows(const data::ConditionTable& conditions, std::uint64_t seed) {
  const auto names = static_cast<std::ptrdiff_t>(conditions.names.size());
  const std::size_t pictures = conditions.rows.size() / conditions.names.size();
  at::Tensor rows = at::empty({static_cast<std::int64_t>(infer::Conditions::kRows), names}, at::kChar);
  auto* to = rows.mutable_data_ptr<signed char>();
  const auto order = core::permutation(seed, 0, static_cast<std::uint32_t>(pictures));
  for (std::size_t i = 0, kept = 0; kept < infer::Conditions::kRows; i = (i + 1) % pictures) {
    const auto row = conditions.rows.begin() + static_cast<std::ptrdiff_t>(order[i]) * names;
    // One that says nothing is left out; data::condition_table() has seen that not all are so.
    if (std::all_of(row, row + names, [](signed char v) { return v == 0; })) continue;
    to = std::copy_n(row, names, to);
    ++kept;
  }
  return rows;
}

}  // namespace facegan::train
