// Some pictures of a data set, as a data set: what --where, --limit and --hold-out leave.
#include <algorithm>
#include <numeric>
#include <queue>
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
  std::string name_inside(std::size_t i) const override { return set_->name_inside(chosen_[i]); }
  Parts parts() const override { return set_->parts(); }
  image::Image get(std::size_t i) const override { return set_->get(chosen_[i]); }
  image::Facts original(std::size_t i) const override { return set_->original(chosen_[i]); }
  std::uint64_t stored_size(std::size_t i) const override { return set_->stored_size(chosen_[i]); }
  std::string encoded(std::size_t i) const override { return set_->encoded(chosen_[i]); }
  std::string identity(std::size_t i) const override { return set_->identity(chosen_[i]); }
  std::uint64_t stamp(std::size_t i) const override { return set_->stamp(chosen_[i]); }
  bool is_memory() const override { return set_->is_memory(); }
  int label(std::size_t i) const override { return set_->label(chosen_[i]); }
  std::filesystem::path place() const override { return set_->place(); }
  const LeftOut* left_out() const override { return set_->left_out(); }

 protected:
  const std::unique_ptr<Dataset> set_;
  const Indices chosen_;  // ascending
};

class PartOfSet : public Selection {
 public:
  using Selection::Selection;
  const Dataset& whole() const override { return *set_; }
  std::size_t in_whole(std::size_t i) const override { return chosen_[i]; }
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

// The `count` pictures of which name and seed have the lowest hashes.
std::vector<bool> held_out_pictures(const Dataset& set, std::uint64_t seed, std::size_t count) {
  std::vector<bool> held_out(set.size());
  if (count == 0) return held_out;
  std::priority_queue<std::pair<std::uint64_t, std::uint32_t>> lowest;
  for (std::size_t i = 0; i < set.size(); ++i) {
    core::Xxh64 hash;
    const std::string name = set.name(i);
    hash.update(&seed, sizeof seed);
    hash.update(name.data(), name.size());
    const std::pair one{hash.digest(), static_cast<std::uint32_t>(i)};
    if (lowest.size() == count) {
      if (!(one < lowest.top())) continue;
      lowest.pop();
    }
    lowest.push(one);
  }
  for (; !lowest.empty(); lowest.pop()) held_out[lowest.top().second] = true;
  return held_out;
}

std::unique_ptr<Dataset> part_of(std::unique_ptr<Dataset> set, const DatasetOptions& options) {
  const bool trains = options.part == Part::train;
  const auto count = static_cast<std::size_t>(config::parse_hold_out(options.hold_out, set->size()));
  if (options.part == Part::all || (trains && count == 0)) return set;
  if (count > 0 && count >= set->size())
    throw Error(ErrorKind::usage, str("--hold-out ", options.hold_out, " leaves none of the ",
                                      count_text(set->size()), " pictures to train on"));
  const auto held_out = held_out_pictures(*set, options.seed, count);
  Indices chosen;
  for (std::size_t i = 0; i < held_out.size(); ++i)
    if (held_out[i] != trains) chosen.push_back(static_cast<std::uint32_t>(i));
  if (trains)
    core::log_info("--hold-out keeps ", count_text(count), " of ", count_text(set->size()),
                   " pictures out of training");
  return std::make_unique<PartOfSet>(std::move(set), std::move(chosen));
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
  if (chosen.size() < set->size()) set = std::make_unique<Selection>(std::move(set), std::move(chosen));
  return part_of(std::move(set), options);
}

}  // namespace facegan::data
