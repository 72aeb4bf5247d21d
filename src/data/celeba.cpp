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

namespace fs = std::filesystem;

// In the folder that --data names, else beside what it names.
fs::path find_attribute_file(const DatasetOptions& options) {
  std::error_code error;
  fs::path path = fs::absolute(options.path, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // it ended in a slash
  std::vector<std::string> looked_in;
  for (const fs::path& folder : {path, path.parent_path()}) {
    if (!fs::is_directory(folder, error)) continue;
    for (const char* name : {"list_attr_celeba.txt", "list_attr_celeba.csv"})
      if (fs::exists(folder / name, error)) return folder / name;
    looked_in.push_back(core::printable(folder.string()));
  }
  throw Error(
      ErrorKind::data,
      core::str("no attribute file for --where: list_attr_celeba.txt (or .csv) is not in ",
                core::join(looked_in, " or "),
                "; get it from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html (folder Anno) and put "
                "it beside img_align_celeba.zip or img_align_celeba/"));
}

}  // namespace

std::unique_ptr<Dataset> open_celeba(const DatasetOptions& options) {
  return open_pictures(options, {"img_align_celeba", "img_align_celeba.zip"});
}

Answers celeba_attributes(const DatasetOptions& options, const Dataset& set, const spec::Filter& filter) {
  const fs::path path = find_attribute_file(options);
  const auto file = std::make_shared<const AttributeFile>(path);
  const auto tests = yes_no_tests(filter, file->names());
  std::vector<std::uint32_t> row_of(set.size());
  std::vector<bool> has_picture(file->rows());
  for (std::size_t i = 0; i < set.size(); ++i) {
    const std::string name = set.name(i);
    row_of[i] = file->find(std::string_view(name).substr(name.rfind('/') + 1));
    if (row_of[i] != AttributeFile::kNone) has_picture[row_of[i]] = true;
  }
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

}  // namespace facegan::data
