#pragma once
// Where encoded pictures come from: a folder, a zip or a tar, each seen as a sorted list of named blobs.
// NameList are only names: nothing is ever written to a path that an archive gives.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/names.h"
#include "data/scratch.h"
#include "data/stored_file.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/data/dataset.h"

namespace facegan::data {

// Bounds on what a file may ask of us.
inline constexpr std::uint64_t kMaxPictureBytes = 256u << 20;  // of one encoded picture
inline constexpr std::uint64_t kMaxPictures = 20'000'000;      // of a set; entries of one archive

// Whether a file of this name counts: a picture suffix, and not what Finder or Explorer leave behind, also
// not in a folder that is_passed_over().
bool is_picture_name(std::string_view name);
bool has_picture_suffix(std::string_view name);
std::string suffix_of(std::string_view name);  // ".jpg" of "a/B.JPG"; "" = none
// ".tar.gz" of "a.tar.gz", in capitals or not; "" = it is not called an archive.
std::string_view archive_suffix(std::string_view name);
// Whether a folder of this name, one part of a path, is none of the user's data: hidden, or what systems
// make.
bool is_passed_over(std::string_view folder);
// The first such part of a path; "" = none.
std::string_view passed_over_folder(std::string_view name);

// All of it may be called from any number of threads at once.
class Source {
 public:
  virtual ~Source() = default;
  std::size_t size() const { return listing_.names.size(); }
  std::string_view name(std::size_t i) const { return listing_.names[i]; }
  // What all names have in front of them: "" or "img_align_celeba/".
  const std::string& shared() const { return listing_.shared; }
  // The bytes of entry i. Error(data) with the reason only: the caller adds the name.
  virtual std::string read(std::size_t i) const = 0;
  // Bytes that read() should give.
  virtual std::uint64_t stored_size(std::size_t i) const = 0;
  // Another number after each change of its file, or of the archive it is in.
  virtual std::uint64_t stamp(std::size_t) const { return archive_stamp_; }
  const LeftOut& left_out() const { return left_out_; }

 protected:
  Listing listing_;
  LeftOut left_out_;
  std::uint64_t archive_stamp_ = 0;
};

// Says once for each place what of it is left out, where that matters. Error(data) for a folder that cannot
// be listed, with fail_on_bad.
void tell_left_out(const LeftOut& left_out, std::uint64_t pictures, const std::filesystem::path& path,
                   bool fail_on_bad);
// A message of which one in a process is enough, however often a set is opened.
void tell_once(core::LogLevel level, const std::string& message);

// Chosen by what the path is and the file's first bytes, not by its suffix.
// Error(data) when it is none of them or damaged as a whole; a damaged entry only fails its read().
// spool: where several packed tars go together; none: into one of its own.
std::unique_ptr<Source> open_source(const std::filesystem::path& path,
                                    std::shared_ptr<Spool> spool = nullptr);

std::unique_ptr<Source> open_folder_source(const std::filesystem::path& path);
// wanted: which entries it gives; most_bytes: of one of them, below 4 GiB.
std::unique_ptr<Source> open_zip_source(const std::filesystem::path& path,
                                        bool (*wanted)(std::string_view name) = is_picture_name,
                                        std::uint64_t most_bytes = kMaxPictureBytes);
// Of a file that is open; `name` is for messages.
std::unique_ptr<Source> open_zip_source(core::Fd file, const std::filesystem::path& name,
                                        bool (*wanted)(std::string_view name));
// .tar, also .gz, .bz2, .xz, .zst
std::unique_ptr<Source> open_tar_source(const std::filesystem::path& path,
                                        std::shared_ptr<Spool> spool = nullptr);
// By its first two bytes, or where something lies before it by its end.
bool is_zip(const std::filesystem::path& path);

}  // namespace facegan::data
