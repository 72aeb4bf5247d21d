#include "facegan/data/dataset.h"

#include <algorithm>

#include "data/attributes.h"
#include "data/pictures.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/spec/condition.h"

namespace facegan::data {

// The row of each data set stands in its own file. (spec/catalogue.cpp has the facts.)
DatasetKind faces_dataset();
DatasetKind celeba_dataset();
DatasetKind lfw_dataset();
DatasetKind mnist_dataset();
DatasetKind folder_dataset();

namespace {

const DatasetKind* find_kind(const std::string& name) {
  for (const DatasetKind& kind : dataset_kinds())
    if (name == kind.name) return &kind;
  return nullptr;
}

const DatasetKind& kind_of(const DatasetOptions& options) {
  if (const DatasetKind* kind = find_kind(options.dataset)) return *kind;
  std::vector<std::string> names;
  for (const DatasetKind& known : dataset_kinds()) names.push_back(known.name);
  throw Error(ErrorKind::usage, core::str("unknown dataset '", core::printable(options.dataset), "'",
                                          core::did_you_mean(options.dataset, names),
                                          " (known: ", core::join(names, ", "), ")"));
}

// "faces, celeba, lfw": those that a filter can ask something.
std::string kinds_with_attributes() {
  std::vector<std::string> names;
  for (const DatasetKind& kind : dataset_kinds())
    if (kind.attributes) names.push_back(kind.name);
  return core::join(names, ", ");
}

}  // namespace

std::uint64_t Dataset::fingerprint() const {
  core::Xxh64 hash;
  for (std::size_t i = 0; i < size(); ++i) {
    const std::string picture = identity(i);
    hash.update(picture.data(), picture.size());
  }
  return hash.digest();
}

const std::vector<DatasetKind>& dataset_kinds() {
  static const std::vector<DatasetKind> kinds = {faces_dataset(), celeba_dataset(), lfw_dataset(),
                                                 mnist_dataset(), folder_dataset()};
  return kinds;
}

DatasetOptions dataset_options(const config::Config& config) {
  DatasetOptions options;
  options.dataset = config.dataset;
  options.path = config.data;
  options.size = config.size;
  options.channels = static_cast<int>(config.channels);
  options.crop = config.crop;
  options.where = config.where;
  options.mnist_set = config.mnist_set;
  options.fail_on_bad = config.on_bad_image == "fail";
  options.limit = static_cast<std::uint64_t>(config.limit);
  options.hold_out = config.hold_out;
  options.faces_count = static_cast<std::uint64_t>(config.faces_count);
  options.seed = static_cast<std::uint64_t>(config.seed);
  return options;
}

std::filesystem::path usual_place(std::string_view dataset) {
  return std::filesystem::path("data") / dataset;
}

DatasetOptions with_own_defaults(const DatasetOptions& options) {
  const DatasetKind& kind = kind_of(options);
  DatasetOptions out = options;
  if (out.path.empty()) out.path = usual_place(kind.name);
  // A set's own crop is made for squares.
  if (out.crop == "auto") out.crop = out.size.is_square() ? kind.crop : "center";
  return out;
}

std::unique_ptr<Dataset> open_dataset(const DatasetOptions& options) {
  const DatasetKind& kind = kind_of(options);
  const spec::Filter filter(options.where);
  if (!filter.wants_all() && !kind.attributes)
    filter.refuse(
        1, core::str("the data set ", kind.name,
                     " has no attributes to select by (those that have: ", kinds_with_attributes(), ")"));
  const DatasetOptions own = with_own_defaults(options);
  return select(kind.open(own), own, filter, kind.attributes);
}

Traits traits_of(const DatasetOptions& options, const Dataset& set) {
  const DatasetKind& kind = kind_of(options);
  return kind.traits ? kind.traits(with_own_defaults(options), set) : Traits{};
}

ConditionTable condition_table(const std::string& condition, const std::vector<std::string>& classes,
                               const DatasetOptions& options, const Dataset& set) {
  const DatasetKind& kind = kind_of(options);
  const std::string takes = spec::find_dataset(kind.name).condition;
  if (takes != (spec::is_class_condition(condition) ? condition : "attributes"))
    throw Error(ErrorKind::usage, core::str("the data set ", kind.name, " does not tell the condition ",
                                            core::printable(condition), " of its pictures"));
  ConditionTable table =
      kind.conditions(config::parse_condition(condition), classes, with_own_defaults(options), set);
  if (std::find_if(table.rows.begin(), table.rows.end(), [](signed char v) { return v != 0; }) ==
      table.rows.end())
    throw Error(ErrorKind::data, core::str("nothing is known of --condition ", core::printable(condition),
                                           " for any of the pictures"));
  return table;
}

void throw_missing(const DatasetOptions& options, const std::string& what) {
  const DatasetKind* kind = find_kind(options.dataset);
  throw Error(ErrorKind::data,
              core::str("no ", options.dataset, " data: ", what, "; ", kind ? kind->layout : ""));
}

void require_path(const DatasetOptions& options) {
  std::error_code error;
  const auto type = std::filesystem::status(options.path, error).type();
  const std::string path = core::printable(options.path.string());
  if (type == std::filesystem::file_type::not_found)
    throw_missing(options, core::str("there is nothing at ", path));
  if (type == std::filesystem::file_type::none)
    throw Error(ErrorKind::data, core::str("cannot open ", path, ": ", error.message()));
}

image::Crop parsed_crop(const DatasetOptions& options) {
  image::Crop crop;
  if (!image::parse_crop(options.crop, crop))
    throw Error(ErrorKind::usage, core::str("crop '", core::printable(options.crop),
                                            "' is none of: auto, whole, center, LEFT,TOP,RIGHT,BOTTOM"));
  return crop;
}

}  // namespace facegan::data
