// CelebA, aligned and cropped: 178 x 218 JPEGs named 000001.jpg and so on.
#include <algorithm>

#include "data/attribute_file.h"
#include "data/attributes.h"
#include "data/foreign.h"
#include "data/pictures.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

constexpr const char* kLayout =
    "get CelebA (aligned and cropped) from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html and put "
    "img_align_celeba.zip, or the folder img_align_celeba/ with 000001.jpg and so on, into data/celeba, "
    "or name its place with --data (also Kaggle's archive.zip, and the folder above Img and Anno)";

using core::str;
namespace fs = std::filesystem;

bool is_attribute_file(std::string_view name) {
  const auto file = name.substr(name.rfind('/') + 1);
  return (file == "list_attr_celeba.txt" || file == "list_attr_celeba.csv") &&
         passed_over_folder(name).empty();
}

// Where the attribute file may lie, nearest first: in the folder that --data names, beside what it names and
// beside the pictures that were found there; or in Anno, as CelebA's own layout has it.
std::vector<fs::path> attribute_folders(const DatasetOptions& options, const Dataset& set) {
  std::error_code error;
  std::vector<fs::path> folders;
  const auto add = [&](const fs::path& folder) {
    if (fs::is_directory(folder, error) && std::find(folders.begin(), folders.end(), folder) == folders.end())
      folders.push_back(folder);
  };
  for (const fs::path& named : {options.path, set.place()}) {
    if (named.empty()) continue;
    fs::path path = fs::absolute(named, error).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();  // it ended in a slash
    add(path), add(path.parent_path());
    add(path / "Anno"), add(path.parent_path() / "Anno"), add(path.parent_path().parent_path() / "Anno");
  }
  return folders;
}

// nullptr where there is none; then also where it was looked for.
std::shared_ptr<const AttributeFile> find_attributes(const DatasetOptions& options, const Dataset& set,
                                                     std::string* looked_in = nullptr) {
  std::vector<std::string> places;
  std::error_code error;
  for (const fs::path& folder : attribute_folders(options, set)) {
    for (const char* name : {"list_attr_celeba.txt", "list_attr_celeba.csv"})
      if (fs::exists(folder / name, error)) return std::make_shared<const AttributeFile>(folder / name);
    places.push_back(core::printable(folder.string()));
  }
  // Kaggle's archive has it beside the pictures.
  const fs::path archive = set.place();
  if (fs::is_regular_file(archive, error) && head_of(archive, 2) == "PK") {
    const auto source = open_zip_source(archive, is_attribute_file);
    const std::string in = core::printable(archive.string());
    if (source->size() > 0) {
      const std::string name = str(in, "/", core::printable(str(source->shared(), source->name(0))));
      std::string text;
      try {
        text = source->read(0);
      } catch (const Error& fault) {  // of the entry, with the reason alone
        throw Error(fault.kind(), str("cannot read ", name, ": ", fault.what()));
      }
      return std::make_shared<const AttributeFile>(name, std::move(text));
    }
    places.push_back(in);
  }
  if (looked_in) *looked_in = core::join(places, " or ");
  return nullptr;
}

std::shared_ptr<const AttributeFile> require_attributes(const DatasetOptions& options, const Dataset& set) {
  std::string looked_in;
  auto file = find_attributes(options, set, &looked_in);
  if (file) return file;
  throw Error(ErrorKind::data,
              str("no attribute file for --where or --condition: list_attr_celeba.txt (or .csv) is not in ",
                  looked_in,
                  "; get it from https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html (folder Anno) and put "
                  "it beside img_align_celeba.zip or img_align_celeba/"));
}

// The row of each picture, or kNone. The lists name 000001.jpg, also where the pictures are PNGs.
std::vector<std::uint32_t> rows_of(const Dataset& set, const AttributeFile& file) {
  std::vector<std::uint32_t> rows(set.size());
  for (std::size_t i = 0; i < set.size(); ++i) {
    const std::string name = set.name(i), picture = name.substr(name.rfind('/') + 1);
    rows[i] = file.find(picture);
    if (rows[i] == AttributeFile::kNone) rows[i] = file.find(picture.substr(0, picture.rfind('.')) + ".jpg");
  }
  return rows;
}

// "000001.jpg": whether an archive of any name is CelebA.
bool is_celeba(const Source& source) {
  const std::string_view name = source.name(0), file = name.substr(name.rfind('/') + 1);
  return file.size() == 10 && file.find_first_not_of("0123456789") == 6;
}

}  // namespace

static std::unique_ptr<Dataset> open_celeba(const DatasetOptions& options) {
  // As this project's, CelebA's own and torchvision's folders have it.
  Inside inside;
  for (const char* folder : {"", "Img/", "celeba/", "celeba/Img/", "CelebA/", "CelebA/Img/"})
    for (const char* name : {"img_align_celeba", "img_align_celeba.zip", "img_align_celeba_png"})
      inside.names.push_back(str(folder, name));
  inside.fits = is_celeba;
  return open_pictures(options, inside);
}

static Answers celeba_attributes(const DatasetOptions& options, const Dataset& set,
                                 const spec::Filter& filter) {
  const auto file = require_attributes(options, set);
  const auto tests = yes_no_tests(filter, file->names());
  auto row_of = rows_of(set, *file);
  std::vector<bool> has_picture(file->rows());
  for (const std::uint32_t row : row_of)
    if (row != AttributeFile::kNone) has_picture[row] = true;
  core::log_debug(file->name(), ": ", file->rows(), " rows, ",
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
  Traits traits;
  const auto found = find_attributes(options, set);
  if (!found) return traits;
  const AttributeFile& file = *found;
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
  const auto found = require_attributes(options, set);
  const AttributeFile& file = *found;
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
