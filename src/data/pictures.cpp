#include "data/pictures.h"

#include <algorithm>

#include "data/foreign.h"
#include "data/large_turn.h"
#include "data/members.h"

namespace facegan::data {
namespace {

namespace fs = std::filesystem;

// What the pictures come from: one source, or several one after the other.
struct Piece {
  std::unique_ptr<Source> source;
  std::string front;   // of the names of its pictures: "", "train-0001/"
  std::string inside;  // likewise of their names in the archive
  std::size_t first;   // picture
};

class Pictures : public Dataset {
 public:
  Pictures(std::vector<Piece> sources, Parts parts, LeftOut left_out, fs::path place,
           const DatasetOptions& options)
      : sources_(std::move(sources)),
        size_px_(options.size),
        crop_(parsed_crop(options)),
        channels_(options.channels),
        parts_(parts),
        left_out_(std::move(left_out)),
        place_(std::move(place)),
        size_(sources_.back().first + sources_.back().source->size()) {}

  std::size_t size() const override { return size_; }
  std::string name(std::size_t i) const override {
    const Piece& part = piece_of(i);
    return whole(part.front, part.source->name(i - part.first));
  }
  std::string name_inside(std::size_t i) const override {
    const Piece& part = piece_of(i);
    return whole(part.inside, part.source->name(i - part.first));
  }
  Parts parts() const override { return parts_; }
  std::uint64_t stored_size(std::size_t i) const override {
    const Piece& part = piece_of(i);
    return part.source->stored_size(i - part.first);
  }
  image::Image get(std::size_t i) const override {
    const LargeTurn turn(stored_size(i));
    return with_name(name(i),
                     [&] { return image::decode(image::as_bytes(read(i)), crop_, size_px_, channels_); });
  }
  image::Facts original(std::size_t i) const override {
    const LargeTurn turn(stored_size(i));
    return with_name(name(i), [&] { return image::facts_of(image::as_bytes(read(i))); });
  }
  std::string encoded(std::size_t i) const override {
    return with_name(name(i), [&] { return read(i); });
  }
  std::string identity(std::size_t i) const override {
    std::string text = name(i);
    return text.append(1, '\n').append(std::to_string(stored_size(i))).append(1, '\n');
  }
  std::uint64_t stamp(std::size_t i) const override {
    const Piece& part = piece_of(i);
    return part.source->stamp(i - part.first);
  }
  fs::path place() const override { return place_; }
  const LeftOut* left_out() const override { return &left_out_; }

 private:
  static std::string whole(const std::string& front, std::string_view name) {
    std::string out;
    out.reserve(front.size() + name.size());
    return out.append(front).append(name);
  }
  const Piece& piece_of(std::size_t i) const {
    if (sources_.size() == 1) return sources_[0];
    return *std::prev(std::upper_bound(sources_.begin(), sources_.end(), i,
                                       [](std::size_t at, const Piece& part) { return at < part.first; }));
  }
  std::string read(std::size_t i) const {
    const Piece& part = piece_of(i);
    return part.source->read(i - part.first);
  }

  std::vector<Piece> sources_;
  core::Size size_px_;
  image::Crop crop_;
  int channels_;
  Parts parts_;
  LeftOut left_out_;
  fs::path place_;
  std::size_t size_;
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

struct Opened {
  std::unique_ptr<Source> source;
  fs::path path;  // of what was opened in the end
};

// What a folder or archive has, maybe no pictures.
Opened open_one(const fs::path& asked, const Inside& inside, const std::shared_ptr<Spool>& spool) {
  Opened out{nullptr, first_inside(asked, inside.names)};
  out.source = open_source(out.path, spool);
  // What lies there as the set does counts before an archive of it; a loose picture does not.
  if (inside.fits && out.path == asked && (out.source->size() == 0 || !inside.fits(*out.source)))
    if (auto kaggle = open_kaggle(out.path / "archive.zip", inside.fits)) {
      out.source = std::move(kaggle), out.path /= "archive.zip";
      tell_once(core::LogLevel::info, core::str("--data ", core::printable(asked.string()), ": using ",
                                                core::printable(out.path.string())));
    }
  if (std::error_code error; out.source->size() == 0 && fs::is_directory(out.path, error)) {
    if (const fs::path archive = only_archive(out.path); !archive.empty()) {
      out.path = archive;
      out.source = open_source(out.path, spool);
    }
  }
  return out;
}

// "no pictures in b (it holds 3 .jxl)"
std::string nothing_in(const fs::path& path, const LeftOut& left_out) {
  refuse_shards(path, left_out);
  std::string holds = left_out.text();
  if (left_out.unreadable > 0) holds += (holds.empty() ? "" : ", ") + left_out.unreadable_text();
  return core::str("no pictures in ", core::printable(path.string()), holds.empty() ? "" : " (it holds ",
                   holds, holds.empty() ? "" : ")");
}

// Several folders and archives as one set.
class Together {
 public:
  Together(const DatasetOptions& options, const Inside& inside) : options_(options), inside_(inside) {}

  std::unique_ptr<Dataset> open(const std::vector<Member>& members) {
    for (const Member& member : members) add(member);
    if (sources_.empty())
      throw Error(ErrorKind::data, core::str("--data ", core::printable(options_.path.string()), " names ",
                                             members.size(), " archives and folders, and none can be used: ",
                                             core::join(left_out_.archives, "; ")));
    name();
    tell_left_out(left_out_, pictures_, options_.path, options_.fail_on_bad);
    tell_once(core::LogLevel::info,
              core::str("--data ", core::printable(options_.path.string()), ": ", parts_.text(), ", ",
                        core::with_thousands(static_cast<std::int64_t>(pictures_)),
                        pictures_ == 1 ? " picture" : " pictures"));
    return std::make_unique<Pictures>(std::move(sources_), parts_, std::move(left_out_), folder_of(members),
                                      options_);
  }

 private:
  // One that cannot be used is passed over as a folder that cannot be listed is.
  void add(const Member& member) {
    const std::string path = core::printable(member.path.string());
    if (!member.is_folder && has_picture_suffix(member.path.filename().string()))
      throw Error(ErrorKind::data,
                  core::str("--data ", core::printable(options_.path.string()), " names the picture ", path,
                            "; it takes folders and archives: name the folder that it is in"));
    std::string reason;
    Opened opened;
    try {
      opened = open_one(member.path, inside_, spool_);
      left_out_.add(opened.source->left_out(), member.label);
      if (opened.source->size() == 0) reason = nothing_in(opened.path, opened.source->left_out());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      reason = error.what();
    }
    if (reason.empty()) return take(std::move(opened.source), member);
    if (options_.fail_on_bad)
      throw Error(ErrorKind::data,
                  core::str("cannot use ", path, " of --data ", core::printable(options_.path.string()), ": ",
                            reason, "; repair it, or leave it out with --on-bad-image skip"));
    left_out_.add_archive(member.label.substr(0, member.label.size() - 1), reason);
  }

  void take(std::unique_ptr<Source> source, const Member& member) {
    const std::size_t first = pictures_;
    pictures_ += source->size();
    if (pictures_ > kMaxPictures)
      throw Error(ErrorKind::data,
                  core::str("--data ", core::printable(options_.path.string()), " holds more than ",
                            core::with_thousands(kMaxPictures), " pictures; name fewer archives"));
    ++(member.is_folder ? parts_.folders : parts_.archives);
    sources_.push_back({std::move(source), member.label, "", first});
  }

  // Folders in front of all names of all of them are taken off, and in an archive that has its own name as
  // its only folder this one, too: then it is called as the same folder would be.
  void name() {
    std::string shared = sources_[0].source->shared();
    for (const Piece& part : sources_) shared.resize(shared_folders(shared, part.source->shared()));
    for (Piece& part : sources_) {
      part.inside = part.source->shared().substr(shared.size());
      const std::string own = part.front.substr(part.front.rfind('/', part.front.size() - 2) + 1);
      part.front += part.inside.starts_with(own) ? part.inside.substr(own.size()) : part.inside;
    }
  }

  const DatasetOptions& options_;
  const Inside& inside_;
  const std::shared_ptr<Spool> spool_ = std::make_shared<Spool>();
  std::vector<Piece> sources_;
  std::size_t pictures_ = 0;
  Parts parts_;
  LeftOut left_out_;
};

}  // namespace

void refuse_shards(const fs::path& path, const LeftOut& left_out) {
  for (const char* kind : {".parquet", ".arrow"})
    if (left_out.kinds.contains(kind))
      throw Error(ErrorKind::data,
                  core::str("no pictures in ", core::printable(path.string()), ", but ", left_out.text(),
                            ", as Hugging Face has data sets; ", kParquetHint));
}

bool is_tar_name(std::string_view lower) {
  const std::string_view suffix = archive_suffix(lower);
  return !suffix.empty() && suffix != ".zip";
}

fs::path only_archive(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code broken;
    if (!archive_suffix(name).empty() && !name.starts_with(".") && it->is_regular_file(broken))
      found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) return {};
  const std::string place = core::printable(folder.string());
  if (found.size() > 1)
    throw Error(
        ErrorKind::data,
        core::str("no pictures in ", place, ", but ", found.size(), " archives, such as ",
                  core::printable(found[0]), " and ", core::printable(found[1]),
                  "; name one of them with --data, or several: '",
                  core::printable((folder / ("*" + std::string(archive_suffix(found[0])))).string()), "'"));
  tell_once(core::LogLevel::info,
            core::str(place, " holds no pictures, but one archive: using ", core::printable(found[0])));
  return folder / found[0];
}

std::unique_ptr<Dataset> open_pictures(const DatasetOptions& options, const Inside& inside) {
  const std::vector<Member> members = members_of(options);
  if (members.size() > 1) return Together(options, inside).open(members);
  Opened opened = open_one(members[0].path, inside, nullptr);
  const LeftOut& left_out = opened.source->left_out();
  if (opened.source->size() == 0) throw_missing(options, nothing_in(opened.path, left_out));
  tell_left_out(left_out, opened.source->size(), opened.path, options.fail_on_bad);
  LeftOut copy = left_out;
  std::vector<Piece> sources;
  sources.push_back({std::move(opened.source), "", "", 0});
  return std::make_unique<Pictures>(std::move(sources), Parts{}, std::move(copy), opened.path, options);
}

}  // namespace facegan::data
