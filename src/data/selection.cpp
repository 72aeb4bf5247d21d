// Some pictures of a data set, as a data set: what --where, --limit and --hold-out leave.
#include <algorithm>
#include <numeric>
#include <utility>

#include "data/attributes.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

using core::str;
using Indices = std::vector<std::uint32_t>;

class Selection : public Dataset {
 public:
  Selection(std::unique_ptr<Dataset> set, Indices chosen)
      : set_(std::move(set)), chosen_(std::move(chosen)) {}

  std::size_t size() const override { return chosen_.size(); }
  std::string name(std::size_t i) const override { return set_->name(chosen_[i]); }
  image::Image get(std::size_t i) const override { return set_->get(chosen_[i]); }
  image::Facts original(std::size_t i) const override { return set_->original(chosen_[i]); }
  std::uint64_t stored_size(std::size_t i) const override { return set_->stored_size(chosen_[i]); }
  std::string encoded(std::size_t i) const override { return set_->encoded(chosen_[i]); }
  std::string identity(std::size_t i) const override { return set_->identity(chosen_[i]); }
  std::uint64_t stamp(std::size_t i) const override { return set_->stamp(chosen_[i]); }
  bool is_memory() const override { return set_->is_memory(); }

 private:
  std::unique_ptr<Dataset> set_;
  Indices chosen_;  // ascending
};

std::string count_text(std::size_t count) {
  return core::with_thousands(static_cast<std::int64_t>(count));
}

Indices wanted_pictures(const Dataset& set, const spec::Filter& filter, const Answers& answers) {
  Indices chosen;
  std::size_t unknown = 0;
  std::vector<bool> holds(filter.tests().size());
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (!answers(i, holds))
      ++unknown;
    else if (filter.wants(holds))
      chosen.push_back(static_cast<std::uint32_t>(i));
  }
  const std::string left_out =
      unknown > 0 ? str(" (", count_text(unknown), " without attributes are left out)") : "";
  if (chosen.empty())
    throw Error(ErrorKind::data, str("--where '", core::printable(filter.text()), "' selects none of the ",
                                     count_text(set.size()), " pictures", left_out, "; widen it"));
  core::log_info("--where selects ", count_text(chosen.size()), " of ", count_text(set.size()), " pictures",
                 left_out);
  return chosen;
}

// Moves --hold-out's share of the pictures to the front, by the hashes of their names; gives its size.
std::size_t held_out_first(const Dataset& set, const DatasetOptions& options, Indices& chosen) {
  const auto count = static_cast<std::size_t>(config::parse_hold_out(options.hold_out, chosen.size()));
  if (count == 0) return 0;
  if (count >= chosen.size())
    throw Error(ErrorKind::usage, str("--hold-out ", options.hold_out, " leaves none of the ",
                                      count_text(chosen.size()), " pictures to train on"));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  for (const std::uint32_t i : chosen) {
    core::Xxh64 hash;
    const std::string name = set.name(i);
    hash.update(&options.seed, sizeof options.seed);
    hash.update(name.data(), name.size());
    order.emplace_back(hash.digest(), i);
  }
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(order.begin(), end, order.end());
  for (std::size_t i = 0; i < order.size(); ++i) chosen[i] = order[i].second;
  return count;
}

// The pictures of a part, ascending.
void keep_part(const Dataset& set, const DatasetOptions& options, Indices& chosen) {
  if (options.part == Part::all) return;
  const auto held_out = static_cast<std::ptrdiff_t>(held_out_first(set, options, chosen));
  if (options.part == Part::train)
    chosen.erase(chosen.begin(), chosen.begin() + held_out);
  else
    chosen.resize(static_cast<std::size_t>(held_out));
  std::sort(chosen.begin(), chosen.end());
  if (options.part == Part::train && held_out > 0)
    core::log_info("--hold-out keeps ", count_text(static_cast<std::size_t>(held_out)), " of ",
                   count_text(static_cast<std::size_t>(held_out) + chosen.size()),
                   " pictures out of training");
}

}  // namespace

std::vector<YesNo> yes_no_tests(const spec::Filter& filter, const std::vector<std::string>& names) {
  std::vector<YesNo> out;
  for (const spec::FilterTest& test : filter.tests()) {
    const auto found = std::find(names.begin(), names.end(), test.name);
    if (found == names.end()) {
      const std::string hint = core::printable(core::did_you_mean(test.name, names));
      filter.refuse(
          test.at,
          str("unknown attribute '", core::printable(test.name), "'",
              hint.empty() ? str(" (known: ", core::printable(core::join(names, ", ")), ")") : hint));
    }
    const bool is_form = test.compare.empty() || test.compare == "=";
    if (!is_form || (test.compare == "=" && test.value != "0" && test.value != "1"))
      filter.refuse(test.at, core::printable(str(test.name, " is there or not: write ", test.name, ", ",
                                                 test.name, "=1 or ", test.name, "=0")));
    out.push_back({static_cast<std::size_t>(found - names.begin()), test.value != "0"});
  }
  return out;
}

std::unique_ptr<Dataset> selected(std::unique_ptr<Dataset> set,
                                  const std::function<bool(std::size_t picture)>& wants) {
  Indices chosen;
  for (std::size_t i = 0; i < set->size(); ++i)
    if (wants(i)) chosen.push_back(static_cast<std::uint32_t>(i));
  return std::make_unique<Selection>(std::move(set), std::move(chosen));
}

std::unique_ptr<Dataset> select(std::unique_ptr<Dataset> set, const DatasetOptions& options,
                                const spec::Filter& filter, AnswersOf attributes) {
  Indices chosen;
  if (filter.wants_all()) {
    chosen.resize(set->size());
    std::iota(chosen.begin(), chosen.end(), 0u);
  } else {
    chosen = wanted_pictures(*set, filter, attributes(options, *set, filter));
  }
  if (options.limit > 0) chosen.resize(std::min<std::size_t>(chosen.size(), options.limit));
  keep_part(*set, options, chosen);
  if (chosen.size() == set->size()) return set;
  return std::make_unique<Selection>(std::move(set), std::move(chosen));
}

}  // namespace facegan::data
