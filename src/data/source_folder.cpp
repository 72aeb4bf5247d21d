// Pictures in a folder and all folders below it.
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "data/source.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;

class Walk {
 public:
  explicit Walk(fs::path root) : root_(std::move(root)) {}

  std::vector<std::string> names() {
    enter("", false);
    return std::move(names_);
  }

 private:
  // A linked folder is entered only when nothing led into it before: so links in circles end, and no
  // arrangement of links multiplies the work.
  void enter(const std::string& folder, bool linked) {
    struct stat info;
    const fs::path path = root_ / folder;
    if (::stat(path.c_str(), &info) == 0 && !entered_.emplace(info.st_dev, info.st_ino).second && linked)
      return;

    std::vector<std::pair<std::string, bool>> folders;  // name, linked
    try {
      for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
        std::string name = folder + entry.path().filename().string();
        const bool linked_entry = entry.is_symlink();
        std::error_code broken_link;  // then it is not a folder, and reading it will say what it is
        if (entry.is_directory(broken_link)) {
          folders.emplace_back(name + '/', linked_entry);
        } else if (is_picture_name(name)) {
          names_.push_back(std::move(name));
        }
        if (names_.size() > kMaxPictures)
          throw Error(ErrorKind::data, core::str(core::printable(root_.string()), " holds more than ",
                                                 core::with_thousands(kMaxPictures), " pictures"));
      }
    } catch (const fs::filesystem_error& error) {
      throw Error(ErrorKind::data, core::str("cannot list the folder ", core::printable(path.string()), ": ",
                                             error.code().message()));
    }
    std::sort(folders.begin(), folders.end());  // which link comes first must not depend on the disk
    for (const auto& [name, linked_folder] : folders)
      if (name != "__MACOSX/" && !name.ends_with("/__MACOSX/")) enter(name, linked_folder);
  }

  fs::path root_;
  std::vector<std::string> names_;
  std::set<std::pair<dev_t, ino_t>> entered_;
};

class FolderSource : public Source {
 public:
  explicit FolderSource(const fs::path& root) {
    listing_ = make_listing(Walk(root).names());
    folder_ = root / listing_.shared;
  }
  std::string read(std::size_t i) const override {
    return core::read_file(folder_ / name(i), kMaxPictureBytes, ErrorKind::data);
  }
  std::uint64_t stored_size(std::size_t i) const override {
    struct stat info;
    return ::stat((folder_ / name(i)).c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
  }

 private:
  fs::path folder_;
};

}  // namespace

std::unique_ptr<Source> open_folder_source(const fs::path& path) {
  return std::make_unique<FolderSource>(path);
}

}  // namespace facegan::data
