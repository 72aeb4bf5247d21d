#include "facegan/core/inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "facegan/core/text.h"

namespace facegan::core {
namespace {

std::string named(const fs::path& path) {
  return printable(path.string());
}

[[noreturn]] void refuse_link(const fs::path& path) {
  throw Error(ErrorKind::checkpoint, str(named(path),
                                         " is a link: none is followed in a run folder; remove it, "
                                         "or put in its place what it names"));
}

[[noreturn]] void refuse_special(const fs::path& path) {
  throw Error(ErrorKind::checkpoint, str(named(path), " is neither a file nor a folder; remove it"));
}

bool is_link(int folder, const fs::path& name) {
  struct stat info;
  return ::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
}

constexpr int kFolder = O_PATH | O_DIRECTORY | O_CLOEXEC;  // one that cannot be listed is enough

// The folder itself. Not valid where it is not there; errno says why.
Fd open_folder(const fs::path& folder) {
  return Fd(::open(folder.empty() ? "." : folder.c_str(), kFolder));
}

// The folder that the last part of the name is in. Likewise.
Fd open_parent(const Inside& file) {
  Fd at = open_folder(file.folder);
  fs::path so_far = file.folder;
  for (const fs::path& part : file.name.parent_path()) {
    if (!at.valid()) break;
    so_far /= part;
    Fd next(::openat(at.get(), part.c_str(), kFolder | O_NOFOLLOW));
    const int why = errno;
    if (!next.valid() && is_link(at.get(), part)) refuse_link(so_far);
    at = std::move(next);
    errno = why;
  }
  return at;
}

// Not valid where it cannot be opened; errno says why.
Fd open(const Inside& file, int flags) {
  const Fd parent = open_parent(file);
  if (!parent.valid()) return {};
  const fs::path name = file.name.filename();
  // O_NONBLOCK: opening a pipe must not wait for its other end; it has no effect on files.
  Fd fd(::openat(parent.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666));
  const int why = errno;
  if (!fd.valid() && is_link(parent.get(), name)) refuse_link(file.path());
  struct stat info;
  if (!fd.valid() && why == ENXIO) refuse_special(file.path());  // a pipe that nobody reads, a socket
  if (fd.valid() && (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))) {
    if (S_ISDIR(info.st_mode)) return errno = EISDIR, Fd();
    refuse_special(file.path());
  }
  errno = why;
  return fd;
}

std::optional<struct stat> look_at(const Inside& file) {
  struct stat info;
  try {
    const Fd parent = open_parent(file);
    if (parent.valid() &&
        ::fstatat(parent.get(), file.name.filename().c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0)
      return info;
  } catch (const Error&) {  // a link on the way: nothing of this folder's
  }
  return {};
}

// As remove_leftovers() knows it. It can be guessed, which does no harm: what others put there is taken away,
// and the file is always a new one (O_EXCL).
std::string temporary_name(int folder, const fs::path& name) {
  const std::string temporary = str(".", name.string(), ".", ::getpid(), ".tmp");
  ::unlinkat(folder, temporary.c_str(), 0);
  return temporary;
}

void sync_folder(int folder, const fs::path& path) {
  const Fd readable(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder (EINVAL); what was done in it has happened.
  if (readable.valid() && ::fsync(readable.get()) != 0 && errno != EINVAL)
    throw Error(ErrorKind::io, str("cannot sync ", named(path), ": ", std::strerror(errno)));
}

}  // namespace

Fd open_for_reading(const Inside& file, ErrorKind kind) {
  Fd fd = open(file, O_RDONLY);
  if (!fd.valid()) fail_to_open(file.path(), kind);
  return fd;
}

std::string read_file(const Inside& file, std::uint64_t max_bytes, ErrorKind kind) {
  return read_open_file(open_for_reading(file, kind), file.path(), max_bytes, kind);
}

Fd open_for_writing(const Inside& file, int flags) {
  Fd fd = open(file, flags | O_CREAT);
  if (!fd.valid()) fail_to_write(file.path());
  return fd;
}

void write_file_atomic(const Inside& target, std::string_view bytes) {
  const fs::path path = target.path(), name = target.name.filename();
  const Fd parent = open_parent(target);
  if (!parent.valid()) fail_to_write(path);
  // What comes next would replace it, which does no harm; but a run that is full of links is no run.
  if (is_link(parent.get(), name)) refuse_link(path);
  const std::string temporary = temporary_name(parent.get(), name);
  try {
    const Fd fd(::openat(parent.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd.valid()) fail_to_write(path);
    write_all(fd.get(), bytes.data(), bytes.size(), path);
    if (::fsync(fd.get()) != 0) fail_to_write(path);
    if (::renameat(parent.get(), temporary.c_str(), parent.get(), name.c_str()) != 0) fail_to_write(path);
  } catch (...) {
    ::unlinkat(parent.get(), temporary.c_str(), 0);
    throw;
  }
  sync_folder(parent.get(), path.parent_path());
}

void make_folder(const Inside& folder) {
  const fs::path path = folder.path(), name = folder.name.filename();
  const Fd parent = open_parent(folder);
  const bool made = parent.valid() && ::mkdirat(parent.get(), name.c_str(), 0777) == 0;
  const int why = errno;
  if (parent.valid() && is_link(parent.get(), name)) refuse_link(path);
  struct stat info;
  const bool is_there = parent.valid() && why == EEXIST &&
                        ::fstatat(parent.get(), name.c_str(), &info, 0) == 0 && S_ISDIR(info.st_mode);
  if (!made && !is_there)
    throw Error(ErrorKind::io, str("cannot make the folder ", named(path), ": ", std::strerror(why)));
}

void link_or_copy(const Inside& source, const Inside& target, std::uint64_t max_bytes) {
  const fs::path path = target.path(), name = target.name.filename();
  const Fd from = open_parent(source), to = open_parent(target);
  if (!from.valid() || !to.valid()) fail_to_write(path);
  if (is_link(to.get(), name)) refuse_link(path);
  const std::string temporary = temporary_name(to.get(), name);
  if (::linkat(from.get(), source.name.filename().c_str(), to.get(), temporary.c_str(), 0) != 0)
    return write_file_atomic(target, read_file(source, max_bytes, ErrorKind::io));
  const bool moved = ::renameat(to.get(), temporary.c_str(), to.get(), name.c_str()) == 0;
  const int why = errno;
  ::unlinkat(to.get(), temporary.c_str(), 0);  // two names of one file: renaming has done nothing
  errno = why;
  if (!moved) fail_to_write(path);
}

void remove_leftovers(const Inside& folder) {
  for (const std::string& name : names_in(folder, SIZE_MAX)) {
    const auto parts = split(name, '.');
    std::int64_t pid;
    if (parts.size() < 4 || !parts.front().empty() || parts.back() != "tmp" ||
        !parse_integer(parts[parts.size() - 2], pid) || pid < 1)
      continue;
    const bool ended = ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
    if (ended || pid == ::getpid()) remove(folder / name);  // numbers come again
  }
}

void remove(const Inside& file) {
  try {
    const Fd parent = open_parent(file);
    if (parent.valid()) ::unlinkat(parent.get(), file.name.filename().c_str(), 0);
  } catch (const Error&) {  // a link on the way: what lies behind it is not this folder's
  }
}

void refuse_link(const Inside& file) {
  const auto info = look_at(file);
  if (info && S_ISLNK(info->st_mode)) refuse_link(file.path());
}

bool exists(const Inside& file) {
  const auto info = look_at(file);
  return info && !S_ISLNK(info->st_mode);
}

bool is_file(const Inside& file) {
  const auto info = look_at(file);
  return info && S_ISREG(info->st_mode);
}

std::vector<std::string> names_in(const Inside& folder, std::size_t most) {
  const auto fail = [&](int why) {
    throw Error(ErrorKind::io,
                str("cannot read the folder ", named(folder.path()), ": ", std::strerror(why)));
  };
  const Fd parent = open_parent(folder);
  const fs::path name = folder.name.empty() ? fs::path(".") : folder.name.filename();
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Fd fd = parent.valid() ? Fd(::openat(parent.get(), name.c_str(), flags)) : Fd();
  const int why = errno;
  if (!fd.valid() && parent.valid() && is_link(parent.get(), name)) refuse_link(folder.path());
  if (!fd.valid() && why != ENOENT && why != ENOTDIR) fail(why);
  std::vector<std::string> names;
  if (!fd.valid()) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(fd.get()), ::closedir);
  if (!list) fail(errno);
  fd.release();  // the list's now
  while (names.size() < most) {
    errno = 0;
    const dirent* const entry = ::readdir(list.get());
    if (!entry && errno != 0) fail(errno);
    if (!entry) break;
    const std::string one = entry->d_name;
    if (one != "." && one != "..") names.push_back(one);
  }
  return names;
}

}  // namespace facegan::core
