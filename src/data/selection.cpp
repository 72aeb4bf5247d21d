// Some pictures of a data set, as a data set: what --where and --limit leave.
#include <algorithm>
#include <numeric>

#include "data/attributes.h"
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

std::unique_ptr<Dataset> select(std::unique_ptr<Dataset> set, const DatasetOptions& options,
                                const spec::Filter& filter, AnswersOf attributes) {
  const std::size_t limit = options.limit > 0 ? options.limit : set->size();
  if (filter.wants_all() && limit >= set->size()) return set;
  Indices chosen;
  if (filter.wants_all()) {
    chosen.resize(limit);
    std::iota(chosen.begin(), chosen.end(), 0u);
  } else {
    chosen = wanted_pictures(*set, filter, attributes(options, *set, filter));
    chosen.resize(std::min(chosen.size(), limit));
  }
  return std::make_unique<Selection>(std::move(set), std::move(chosen));
}

}  // namespace facegan::data
