#include "data/stored_file.h"

#include <atomic>
#include <cerrno>

#include "facegan/core/checksum.h"
#include "facegan/core/text.h"

namespace facegan::data {
namespace {

std::atomic<int> held_open{0};

struct stat facts_of(const core::Fd& fd, const std::filesystem::path& path) {
  struct stat info;
  if (::fstat(fd.get(), &info) != 0)
    throw Error(ErrorKind::data,
                core::str("cannot read ", core::printable(path.string()), ": its size cannot be read"));
  return info;
}

}  // namespace

std::uint64_t stamp_of(const struct stat& file) {
  // The time of change of the entry cannot be set back, that of the contents can. Within one tick of the
  // clock a file that was replaced is still another one.
  const std::uint64_t facts[] = {
      static_cast<std::uint64_t>(file.st_mtim.tv_sec), static_cast<std::uint64_t>(file.st_mtim.tv_nsec),
      static_cast<std::uint64_t>(file.st_ctim.tv_sec), static_cast<std::uint64_t>(file.st_ctim.tv_nsec),
      static_cast<std::uint64_t>(file.st_ino)};
  return core::xxh64(facts, sizeof facts);
}

StoredFile::StoredFile(std::filesystem::path path)
    : path_(std::move(path)), held_(core::open_for_reading(path_, ErrorKind::data)) {
  const struct stat info = facts_of(held_, path_);
  size_ = static_cast<std::uint64_t>(info.st_size), stamp_ = stamp_of(info);
  if (++held_open <= kHeldOpen) return;
  --held_open;
  held_ = {};
}

StoredFile::StoredFile(core::Fd file, std::filesystem::path name)
    : path_(std::move(name)), held_(std::move(file)) {
  const struct stat info = facts_of(held_, path_);
  size_ = static_cast<std::uint64_t>(info.st_size), stamp_ = stamp_of(info);
  ++held_open;
}

StoredFile::~StoredFile() {
  if (held_.valid()) --held_open;
}

core::Fd StoredFile::open_again() const {
  core::Fd fd;
  try {
    fd = core::open_for_reading(path_, ErrorKind::data);
  } catch (const Error& error) {
    // It was there when the set was opened: a disk that is away, or a folder that was moved.
    struct stat info;
    const bool is_gone = ::lstat(path_.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
    throw Error(is_gone ? ErrorKind::io : error.kind(), error.what());
  }
  if (stamp_of(facts_of(fd, path_)) != stamp_)
    throw Error(ErrorKind::io, core::str(core::printable(path_.string()),
                                         " was changed while it was in use; leave it as it is during a run"));
  return fd;
}

void StoredFile::read(void* out, std::size_t size, std::uint64_t offset) const {
  if (held_.valid()) return core::read_exactly_at(held_.get(), out, size, offset, path_, ErrorKind::data);
  const core::Fd fd = open_again();
  core::read_exactly_at(fd.get(), out, size, offset, path_, ErrorKind::data);
}

}  // namespace facegan::data
