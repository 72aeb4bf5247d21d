// facegan data check: reads every picture and counts what cannot be used.
#include <nlohmann/json.hpp>

#include "app/data/config.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/data/dataset.h"

namespace facegan::app {
namespace {

using core::str;

void print_json(const data::CheckResult& result, const data::Dataset& set) {
  const data::LeftOut* left_out = set.left_out();
  nlohmann::ordered_json json = {{"selected", result.selected},
                                 {"unusable", result.unusable},
                                 {"duplicate", result.duplicate},
                                 {"names_unusable", result.names_unusable}};
  if (left_out)
    json["left_out"] = {{"kinds", left_out->kinds},
                        {"hidden", left_out->hidden},
                        {"folders_unreadable", left_out->unreadable}};
  if (const data::Parts parts = set.parts(); parts.count() > 0) {
    json["archives"] = parts.archives, json["folders"] = parts.folders;
    json["left_out"]["archives_unusable"] = left_out->unusable;
  }
  // A file name need not be UTF-8.
  core::print(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_text(const data::CheckResult& result, const data::Dataset& set) {
  const data::LeftOut* left_out = set.left_out();
  core::print(str("selected   ", result.selected));
  if (set.parts().count() > 0) core::print(str("from       ", set.parts().text()));
  core::print(str("unusable   ", result.unusable));
  core::print(str("duplicate  ", result.duplicate));
  if (left_out && !left_out->text().empty()) core::print(str("left out   ", left_out->text()));
  if (left_out && left_out->unusable > 0) core::print(str("left out   ", left_out->unusable_text()));
  for (const std::string& reason : result.reasons_unusable)
    core::print("unusable: " + core::printable(reason));
}

}  // namespace

int run_data_check(const Invocation& invocation) {
  const config::Config config = resolve_data(invocation);
  data::DatasetOptions options = data::dataset_options(config);
  options.part = data::Part::all;
  const auto dataset = data::open_dataset(options);
  const auto result = data::check_dataset(*dataset, workers_of(config), [&](std::uint64_t done) {
    if (core::log_has_live_line()) core::log_live_line(str("checked ", done, " of ", dataset->size()));
  });
  core::log_live_line("");
  if (invocation.has("json"))
    print_json(result, *dataset);
  else
    print_text(result, *dataset);
  if (result.unusable >= result.selected)
    throw Error(ErrorKind::data, str("none of the ", result.selected, " pictures can be used"));
  return 0;
}

}  // namespace facegan::app
