// Pictures in a folder and all folders below it.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <mutex>
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
  Walk(fs::path root, LeftOut& left_out) : root_(std::move(root)), left_out_(left_out) {}

  NameList names() {
    enter("", false, false);
    return std::move(names_);
  }

 private:
  using Folders = std::vector<std::pair<std::string, bool>>;  // name, linked

  // A linked folder is entered only when nothing led into it before: so links in circles end, and no
  // arrangement of links multiplies the work. What is hidden is only counted, and no link leads out of it.
  void enter(const std::string& folder, bool linked, bool hidden) {
    struct stat info;
    if (linked && hidden) return;
    const fs::path path = root_ / folder;
    if (!hidden && ::stat(path.c_str(), &info) == 0 && !entered_.emplace(info.st_dev, info.st_ino).second &&
        linked)
      return;

    Folders folders;
    const std::size_t before = names_.size();
    try {
      list(path, folder, folders);
    } catch (const fs::filesystem_error& error) {
      const std::string reason = error.code().message();
      if (folder.empty() || may_pass(error.code()))
        throw Error(ErrorKind::data,
                    core::str("cannot list the folder ", core::printable(path.string()), ": ", reason));
      names_.truncate(before);  // all of it or nothing
      if (!hidden) left_out_.add_folder(folder.substr(0, folder.size() - 1), reason);
      return;
    }
    std::sort(folders.begin(), folders.end());  // which link comes first must not depend on the disk
    for (const auto& [name, linked_folder] : folders)
      enter(name, linked_folder,
            hidden || is_passed_over(
                          std::string_view(name).substr(folder.size(), name.size() - 1 - folder.size())));
  }

  void list(const fs::path& path, const std::string& folder, Folders& folders) {
    for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
      std::string name = folder + entry.path().filename().string();
      const bool linked_entry = entry.is_symlink();
      std::error_code broken_link;  // then it is not a folder, and reading it will say what it is
      if (entry.is_directory(broken_link))
        folders.emplace_back(name + '/', linked_entry);
      else if (is_picture_name(name))
        names_.add(name);
      else
        left_out_.add(name);
      if (names_.size() > kMaxPictures)
        throw Error(ErrorKind::data, core::str(core::printable(root_.string()), " holds more than ",
                                               core::with_thousands(kMaxPictures), " pictures"));
    }
  }

  // Of the process or the disk, not of the folder: the set must not depend on it.
  static bool may_pass(const std::error_code& code) {
    for (const int number : {EMFILE, ENFILE, ENOMEM, EIO, ESTALE, EINTR})
      if (code.value() == number) return true;
    return false;
  }

  fs::path root_;
  LeftOut& left_out_;
  NameList names_;
  std::set<std::pair<dev_t, ino_t>> entered_;
};

class FolderSource : public Source {
 public:
  explicit FolderSource(const fs::path& root) {
    listing_ = make_listing(Walk(root, left_out_).names());
    folder_ = root / listing_.shared;
  }
  std::string read(std::size_t i) const override {
    const fs::path file = folder_ / name(i);
    try {
      return core::read_file(file, kMaxPictureBytes, ErrorKind::data);
    } catch (const Error& error) {
      // It was there when the set was opened: a disk that is away, or a folder that was moved.
      struct stat info;
      const bool is_gone = ::lstat(file.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
      throw Error(is_gone ? ErrorKind::io : error.kind(), error.what());
    }
  }
  std::uint64_t stored_size(std::size_t i) const override { return facts()[i].size; }
  std::uint64_t stamp(std::size_t i) const override { return facts()[i].stamp; }

 private:
  struct Facts {
    std::uint64_t size = 0, stamp = 0;
  };

  // Asked for once: of hundreds of thousands of files it takes a good part of a start.
  const std::vector<Facts>& facts() const {
    std::call_once(asked_, [this] {
      facts_.resize(size());
      const core::Fd folder(::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      struct stat info;
      for (std::size_t i = 0; i < size(); ++i)
        if (::fstatat(folder.get(), std::string(name(i)).c_str(), &info, 0) == 0)
          facts_[i] = {static_cast<std::uint64_t>(info.st_size), stamp_of(info)};
    });
    return facts_;
  }

  fs::path folder_;
  mutable std::once_flag asked_;
  mutable std::vector<Facts> facts_;
};

}  // namespace

std::unique_ptr<Source> open_folder_source(const fs::path& path) {
  return std::make_unique<FolderSource>(path);
}

}  // namespace facegan::data
