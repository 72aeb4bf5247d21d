// Pictures that a command line names: single files, folders, archives, in any mixture.
#include "facegan/core/files.h"

#include <algorithm>

#include "data/foreign.h"
#include "data/large_turn.h"
#include "data/pictures.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;
using core::str;

class Files : public Dataset {
 public:
  Files(const std::vector<std::string>& paths, const DatasetOptions& options)
      : crop_(parsed_crop(options)), size_(options.size), channels_(options.channels) {
    for (const std::string& path : paths) {
      try {
        add(path);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        groups_.push_back({path, nullptr, error.what(), count_++});
      }
      if (count_ > kMaxPictures)
        throw Error(ErrorKind::data,
                    str("more than ", core::with_thousands(kMaxPictures), " pictures; name fewer"));
    }
  }

  std::size_t size() const override { return count_; }
  std::string name(std::size_t i) const override {
    const Group& group = group_of(i);
    return group.source ? group.path + std::string(group.source->name(i - group.first)) : group.path;
  }
  std::uint64_t stored_size(std::size_t i) const override {
    const Group& group = group_of(i);
    if (group.source) return group.source->stored_size(i - group.first);
    std::error_code error;
    const std::uintmax_t size = fs::file_size(group.path, error);
    return error ? 0 : size;
  }
  std::string encoded(std::size_t i) const override {
    const Group& group = group_of(i);
    if (!group.failure.empty()) throw Error(ErrorKind::data, group.failure);
    if (!group.source) return core::read_file(group.path, kMaxPictureBytes, ErrorKind::data);
    return with_name(name(i), [&] { return group.source->read(i - group.first); });
  }
  image::Facts original(std::size_t i) const override {
    const std::string bytes = encoded(i);
    return with_name(name(i), [&] { return image::facts_of(image::as_bytes(bytes)); });
  }
  image::Image get(std::size_t i) const override {
    const LargeTurn turn(stored_size(i));
    const std::string bytes = encoded(i);
    return with_name(name(i), [&] {
      return image::decode(image::as_bytes(bytes), crop_for(image::as_bytes(bytes)), size_, channels_);
    });
  }

 private:
  // What one of the paths names.
  struct Group {
    std::string path;                      // of a file; of others what the names begin with
    std::unique_ptr<const Source> source;  // none: a file
    std::string failure;                   // why it cannot be opened
    std::size_t first;                     // picture
  };

  void add(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(path, error) &&
        (has_picture_suffix(path) || image::is_picture(image::as_bytes(head_of(path, 16))))) {
      groups_.push_back({path, nullptr, "", count_++});
      return;
    }
    std::unique_ptr<const Source> source = open_source(path);
    const std::size_t size = source->size();
    if (size == 0) throw Error(ErrorKind::data, str(core::printable(path), ": no pictures in it"));
    tell_left_out(source->left_out(), size, path, false);
    const std::string inside = str(path, path.ends_with('/') ? "" : "/", source->shared());
    groups_.push_back({inside, std::move(source), "", count_});
    count_ += size;
  }

  const Group& group_of(std::size_t i) const {
    return *std::prev(std::upper_bound(groups_.begin(), groups_.end(), i,
                                       [](std::size_t at, const Group& group) { return at < group.first; }));
  }

  // A box is measured in the set's originals; what has the networks' size has been cut already.
  image::Crop crop_for(image::Bytes bytes) const {
    if (crop_.kind != image::Crop::Kind::box) return crop_;
    const image::Facts facts = image::facts_of(bytes);
    return core::Size(facts.width, facts.height) == size_ ? image::Crop{image::Crop::Kind::whole} : crop_;
  }

  std::vector<Group> groups_;
  std::size_t count_ = 0;
  image::Crop crop_;
  core::Size size_;
  int channels_;
};

}  // namespace

std::unique_ptr<Dataset> open_files(const std::vector<std::string>& paths, const DatasetOptions& options) {
  return std::make_unique<Files>(paths, with_own_defaults(options));
}

}  // namespace facegan::data
