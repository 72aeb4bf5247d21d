// Any pictures: a folder with all below it, or an archive.
#include <algorithm>
#include <set>

#include "data/pictures.h"
#include "facegan/core/text.h"
#include "facegan/spec/condition.h"

namespace facegan::data {

static constexpr const char* kLayout =
    "name a folder of pictures (all folders below it count), or a .zip or .tar (.gz, .bz2, .xz, .zst) of "
    "them, with "
    "--data; "
    "JPEG, PNG, BMP, WebP, TIFF, GIF, HEIC, AVIF, PBM, PGM and PPM are read";

static std::unique_ptr<Dataset> open_folder(const DatasetOptions& options) {
  return open_pictures(options);
}

// The first folder on the way to a picture, below what all share; "" = none.
static std::string class_of(const std::string& name) {
  const auto slash = name.find('/');
  return slash == name.npos ? "" : name.substr(0, slash);
}

static std::vector<std::string> classes_of(const Dataset& set) {
  const auto refuse = [](const auto&... what) {
    throw Error(ErrorKind::data, core::str("--condition folder: ", what...));
  };
  std::set<std::string> found;
  std::string loose;  // a picture beside the folders
  for (std::size_t i = 0; i < set.size(); ++i) {
    const std::string folder = class_of(set.name_inside(i));
    if (folder.empty())
      loose = set.name(i);
    else if (found.insert(folder).second && (!core::is_utf8(folder) || core::printable(folder) != folder))
      refuse("the name of the folder ", core::printable(folder), " cannot be kept; rename it");
    if (found.size() > spec::kMaxClasses)
      refuse("more than ", spec::kMaxClasses, " folders; put the pictures of several together");
  }
  if (found.size() < 2)
    refuse("the pictures must be in two folders or more, one for each class, and here ",
           found.empty() ? "all are in one" : "there is one",
           set.parts().count() > 0 ? " (folders in the archives, not the archives themselves; " : " (",
           "of those that --where, --limit and --hold-out leave)");
  if (!loose.empty())
    refuse(core::printable(loose), " is in none of the ", found.size(), " folders; put it into one");
  return {found.begin(), found.end()};
}

static ConditionTable folder_conditions(const std::vector<std::string>&,
                                        const std::vector<std::string>& classes, const DatasetOptions&,
                                        const Dataset& set) {
  ConditionTable table{classes.empty() ? classes_of(set) : classes, {}};
  constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // of the table
  if (set.size() > kMostBytes / table.names.size())
    throw Error(ErrorKind::data,
                core::str("--condition folder: ", set.size(), " pictures of ", table.names.size(),
                          " folders are too many together; take fewer folders, or --limit"));
  table.rows.resize(set.size() * table.names.size());
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto found = std::lower_bound(table.names.begin(), table.names.end(), class_of(set.name_inside(i)));
    if (found != table.names.end() && *found == class_of(set.name_inside(i)))
      table.rows[i * table.names.size() + static_cast<std::size_t>(found - table.names.begin())] = 1;
  }
  return table;
}

DatasetKind folder_dataset() {
  return {"folder", kLayout, "center", open_folder, nullptr, nullptr, folder_conditions};
}

}  // namespace facegan::data
