#include "data/pictures.h"

#include <algorithm>

#include "data/foreign.h"
#include "data/large_turn.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;

class Pictures : public Dataset {
 public:
  Pictures(std::unique_ptr<Source> source, fs::path place, const DatasetOptions& options)
      : source_(std::move(source)),
        place_(std::move(place)),
        crop_(parsed_crop(options)),
        size_(options.size),
        channels_(options.channels) {}

  std::size_t size() const override { return source_->size(); }
  std::string name(std::size_t i) const override { return std::string(source_->name(i)); }
  std::uint64_t stored_size(std::size_t i) const override { return source_->stored_size(i); }
  image::Image get(std::size_t i) const override {
    const LargeTurn turn(stored_size(i));
    return with_name(
        name(i), [&] { return image::decode(image::as_bytes(source_->read(i)), crop_, size_, channels_); });
  }
  image::Facts original(std::size_t i) const override {
    const LargeTurn turn(stored_size(i));
    return with_name(name(i), [&] { return image::facts_of(image::as_bytes(source_->read(i))); });
  }
  std::string encoded(std::size_t i) const override {
    return with_name(name(i), [&] { return source_->read(i); });
  }
  std::string identity(std::size_t i) const override {
    std::string text = name(i);
    return text.append(1, '\n').append(std::to_string(stored_size(i))).append(1, '\n');
  }
  std::uint64_t stamp(std::size_t i) const override { return source_->stamp(i); }
  fs::path place() const override { return place_; }
  const LeftOut* left_out() const override { return &source_->left_out(); }

 private:
  std::unique_ptr<Source> source_;
  fs::path place_;
  image::Crop crop_;
  core::Size size_;
  int channels_;
};

// The first of these that is there. An empty file or folder hides nothing, an unreadable one is reported
// later.
fs::path first_inside(const fs::path& folder, const std::vector<std::string>& inside) {
  for (const std::string& name : inside) {
    std::error_code error;
    if (fs::exists(folder / name, error) && !fs::is_empty(folder / name, error)) return folder / name;
  }
  return folder;
}

// What Kaggle calls everything that it sends. Another's is passed over, also a damaged one.
std::unique_ptr<Source> open_kaggle(const fs::path& path, bool (*fits)(const Source&)) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return nullptr;
  try {
    auto source = open_source(path);
    if (source->size() > 0 && fits(*source)) return source;
  } catch (const Error& failure) {
    if (failure.kind() != ErrorKind::data) throw;
  }
  return nullptr;
}

}  // namespace

void refuse_shards(const fs::path& path, const LeftOut& left_out) {
  for (const char* kind : {".parquet", ".arrow"})
    if (left_out.kinds.contains(kind))
      throw Error(ErrorKind::data,
                  core::str("no pictures in ", core::printable(path.string()), ", but ", left_out.text(),
                            ", as Hugging Face has data sets; ", kParquetHint));
}

bool is_tar_name(std::string_view lower) {
  for (const char* suffix :
       {".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst"})
    if (lower.ends_with(suffix)) return true;
  return false;
}

fs::path only_archive(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string(), lower = core::lower_case(name);
    std::error_code broken;
    if ((lower.ends_with(".zip") || is_tar_name(lower)) && !name.starts_with(".") &&
        it->is_regular_file(broken))
      found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) return {};
  const std::string place = core::printable(folder.string());
  if (found.size() > 1)
    throw Error(ErrorKind::data, core::str("no pictures in ", place, ", but ", found.size(),
                                           " archives, such as ", core::printable(found[0]), " and ",
                                           core::printable(found[1]), "; name one of them with --data"));
  tell_once(core::LogLevel::info,
            core::str(place, " holds no pictures, but one archive: using ", core::printable(found[0])));
  return folder / found[0];
}

std::unique_ptr<Dataset> open_pictures(const DatasetOptions& options, const std::vector<std::string>& inside,
                                       bool (*fits)(const Source&)) {
  require_path(options);
  fs::path path = first_inside(options.path, inside);
  std::unique_ptr<Source> source = open_source(path);
  // What lies there as the set does counts before an archive of it; a loose picture does not.
  if (fits && path == options.path && (source->size() == 0 || !fits(*source)))
    if (auto kaggle = open_kaggle(path / "archive.zip", fits)) {
      source = std::move(kaggle), path /= "archive.zip";
      tell_once(core::LogLevel::info, core::str("--data ", core::printable(options.path.string()), ": using ",
                                                core::printable(path.string())));
    }
  if (std::error_code error; source->size() == 0 && fs::is_directory(path, error)) {
    if (const fs::path archive = only_archive(path); !archive.empty()) {
      path = archive;
      source = open_source(path);
    }
  }
  if (source->size() == 0) {
    refuse_shards(path, source->left_out());
    std::string holds = source->left_out().text();
    if (source->left_out().unreadable > 0)
      holds += (holds.empty() ? "" : ", ") + source->left_out().unreadable_text();
    throw_missing(options, core::str("no pictures in ", core::printable(path.string()),
                                     holds.empty() ? "" : " (it holds ", holds, holds.empty() ? "" : ")"));
  }
  tell_left_out(*source, path, options.fail_on_bad);
  return std::make_unique<Pictures>(std::move(source), path, options);
}

}  // namespace facegan::data
