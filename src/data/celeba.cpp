// CelebA, aligned and cropped: 178 x 218 JPEGs named 000001.jpg and so on.
#include <algorithm>

#include "data/attribute_file.h"
#include "data/attributes.h"
#include "data/pictures.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

constexpr const char* kLayout =
    "get CelebA (aligned and cropped) from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html and put "
    "img_align_celeba.zip, or the folder img_align_celeba/ with 000001.jpg and so on, into data/celeba, "
    "or name its place with --data";

namespace fs = std::filesystem;

// In the folder that --data names, else beside what it names; "" and where it was looked for.
fs::path find_attribute_file(const DatasetOptions& options, std::vector<std::string>& looked_in) {
  std::error_code error;
  fs::path path = fs::absolute(options.path, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // it ended in a slash
  for (const fs::path& folder : {path, path.parent_path()}) {
    if (!fs::is_directory(folder, error)) continue;
    for (const char* name : {"list_attr_celeba.txt", "list_attr_celeba.csv"})
      if (fs::exists(folder / name, error)) return folder / name;
    looked_in.push_back(core::printable(folder.string()));
  }
  return {};
}

fs::path require_attribute_file(const DatasetOptions& options) {
  std::vector<std::string> looked_in;
  const fs::path path = find_attribute_file(options, looked_in);
  if (!path.empty()) return path;
  throw Error(
      ErrorKind::data,
      core::str("no attribute file for --where or --condition: list_attr_celeba.txt (or .csv) is not in ",
                core::join(looked_in, " or "),
                "; get it from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html (folder Anno) and put "
                "it beside img_align_celeba.zip or img_align_celeba/"));
}

// The row of each picture, or kNone.
std::vector<std::uint32_t> rows_of(const Dataset& set, const AttributeFile& file) {
  std::vector<std::uint32_t> rows(set.size());
  for (std::size_t i = 0; i < set.size(); ++i) {
    const std::string name = set.name(i);
    rows[i] = file.find(std::string_view(name).substr(name.rfind('/') + 1));
  }
  return rows;
}

}  // namespace

static std::unique_ptr<Dataset> open_celeba(const DatasetOptions& options) {
  return open_pictures(options, {"img_align_celeba", "img_align_celeba.zip"});
}

static Answers celeba_attributes(const DatasetOptions& options, const Dataset& set,
                                 const spec::Filter& filter) {
  const fs::path path = require_attribute_file(options);
  const auto file = std::make_shared<const AttributeFile>(path);
  const auto tests = yes_no_tests(filter, file->names());
  auto row_of = rows_of(set, *file);
  std::vector<bool> has_picture(file->rows());
  for (const std::uint32_t row : row_of)
    if (row != AttributeFile::kNone) has_picture[row] = true;
  core::log_debug(core::printable(path.string()), ": ", file->rows(), " rows, ",
                  std::count(has_picture.begin(), has_picture.end(), false), " without a picture here");
  return [file, tests, row_of = std::move(row_of)](std::size_t picture, std::vector<bool>& holds) {
    const std::uint32_t row = row_of[picture];
    if (row == AttributeFile::kNone) return false;
    for (std::size_t k = 0; k < tests.size(); ++k)
      holds[k] = file->value(row, tests[k].column) == tests[k].wanted;
    return true;
  };
}

static Traits celeba_traits(const DatasetOptions& options, const Dataset& set) {
  std::vector<std::string> looked_in;
  const fs::path path = find_attribute_file(options, looked_in);
  Traits traits;
  if (path.empty()) return traits;
  const AttributeFile file(path);
  for (const std::string& name : file.names()) traits.attributes.push_back({name});
  for (const std::uint32_t row : rows_of(set, file)) {
    if (row == AttributeFile::kNone) {
      ++traits.unknown;
      continue;
    }
    for (std::size_t k = 0; k < traits.attributes.size(); ++k)
      traits.attributes[k].pictures += file.value(row, k);
  }
  return traits;
}

static ConditionTable celeba_conditions(const std::vector<std::string>& asked,
                                        const std::vector<std::string>&, const DatasetOptions& options,
                                        const Dataset& set) {
  const AttributeFile file(require_attribute_file(options));
  const auto columns = columns_of(asked, file.names());
  ConditionTable table{asked, {}};
  std::size_t unknown = 0;
  for (const std::uint32_t row : rows_of(set, file)) {
    const bool known = row != AttributeFile::kNone;
    if (!known) ++unknown;
    for (const std::size_t column : columns)
      table.rows.push_back(!known ? 0 : file.value(row, column) ? 1 : -1);
  }
  if (unknown > 0) core::log_info("--condition: ", unknown, " pictures have no attributes and say nothing");
  return table;
}

DatasetKind celeba_dataset() {
  return {"celeba",          kLayout,       "25,65,153,193",  open_celeba,
          celeba_attributes, celeba_traits, celeba_conditions};
}

}  // namespace facegan::data
