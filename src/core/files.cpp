#include "facegan/core/files.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "facegan/core/inside.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"

namespace facegan::core {
namespace {

std::string reason(int error) {
  switch (error) {
    case ENOSPC:
      return "no space left on the disk";
    case EDQUOT:
      return "disk quota exceeded";
    default:
      return std::strerror(error);
  }
}

// Nothing is wrong with the file then: another time it can be read.
bool may_pass(int error) {
  for (const int one : {EMFILE, ENFILE, ENOMEM, EIO, EINTR, EAGAIN, EBUSY, ENODEV, ESTALE, ENOTCONN,
                        ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ECONNRESET, EREMOTEIO})
    if (error == one) return true;
  return false;
}

[[noreturn]] void fail(ErrorKind kind, const char* what, const fs::path& path, int error) {
  // Nor with a checkpoint that this user may not read.
  if (may_pass(error) || (kind == ErrorKind::checkpoint && error == EACCES)) kind = ErrorKind::io;
  throw Error(kind, str("cannot ", what, " ", printable(path.string()), ": ", reason(error)));
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Fd open_for_reading(const fs::path& path, ErrorKind kind) {
  // O_NONBLOCK: opening a pipe that nobody writes must not hang; it has no effect on files.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) fail_to_open(path, kind);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) fail(kind, "read", path, errno);
  if (!S_ISREG(info.st_mode))
    throw Error(kind, str("cannot read ", printable(path.string()), ": it is not a regular file"));
  return fd;
}

void read_exactly_at(int fd, void* out, std::size_t size, std::uint64_t offset, const fs::path& path,
                     ErrorKind kind) {
  auto* p = static_cast<char*>(out);
  while (size > 0) {
    const ssize_t n = ::pread(fd, p, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(kind, "read", path, errno);
    if (n == 0) throw Error(kind, str("cannot read ", printable(path.string()), ": it ends too early"));
    p += n, size -= n, offset += n;
  }
}

std::string read_file(const fs::path& path, std::uint64_t max_bytes, ErrorKind kind) {
  return read_open_file(open_for_reading(path, kind), path, max_bytes, kind);
}

std::string read_open_file(const Fd& fd, const fs::path& path, std::uint64_t max_bytes, ErrorKind kind) {
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) fail(kind, "read", path, errno);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > max_bytes)
    throw Error(kind, str("cannot read ", printable(path.string()), ": it has ", human_bytes(size),
                          ", more than the ", human_bytes(max_bytes), " allowed"));
  std::string bytes(size, '\0');
  read_exactly_at(fd.get(), bytes.data(), bytes.size(), 0, path, kind);
  return bytes;
}

std::string read_input(const fs::path& path, std::uint64_t max_bytes, ErrorKind kind) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info;
  const bool is_stream =
      fd.valid() && ::fstat(fd.get(), &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode));
  if (!is_stream) return read_file(path, max_bytes, kind);
  constexpr int kLook_ms = 100;  // for a signal that another thread has got
  std::string bytes;
  for (char part[4096];;) {
    const ssize_t n = ::read(fd.get(), part, sizeof part);
    if (n == 0 && bytes.empty())
      throw Error(kind, str("cannot read ", printable(path.string()), ": nothing comes from it"));
    if (n == 0) return bytes;
    if (n < 0 && errno == EAGAIN) {
      pollfd waiting{fd.get(), POLLIN, 0};
      ::poll(&waiting, 1, kLook_ms);
      if (stop_signal() != 0)
        throw Error(kind,
                    str("cannot read ", printable(path.string()), ": asked to end while waiting for it"));
    } else if (n < 0 && errno != EINTR) {
      fail(kind, "read", path, errno);
    }
    if (n > 0) bytes.append(part, static_cast<std::size_t>(n));
    if (bytes.size() > max_bytes)
      throw Error(kind, str("cannot read ", printable(path.string()), ": it has more than the ",
                            human_bytes(max_bytes), " allowed"));
  }
}

void write_all(int fd, const void* data, std::size_t size, const fs::path& path) {
  const auto* p = static_cast<const char*>(data);
  const std::size_t total = size;
  while (size > 0) {
    const ssize_t n = ::write(fd, p, std::min<std::size_t>(size, 64u << 20));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw Error(ErrorKind::io, str("cannot write ", printable(path.string()), " (", human_bytes(total),
                                     " needed): ", reason(errno)));
    p += n, size -= n;
  }
}

void append_all(int fd, std::string_view bytes, const fs::path& path) {
  const off_t before = ::lseek(fd, 0, SEEK_END);
  try {
    write_all(fd, bytes.data(), bytes.size(), path);
  } catch (...) {
    [[maybe_unused]] const int undone = before < 0 ? -1 : ::ftruncate(fd, before);
    throw;
  }
}

void fail_to_open(const fs::path& path, ErrorKind kind) {
  if (errno == EMFILE || errno == ENFILE)
    throw Error(ErrorKind::io, str("cannot open ", printable(path.string()), ": ", std::strerror(errno),
                                   "; allow more: ulimit -n 4096"));
  fail(kind, "open", path, errno);
}

void fail_to_write(const fs::path& path) {
  fail(ErrorKind::io, "write", path, errno);
}

void write_file_atomic(const fs::path& target, std::string_view bytes) {
  std::error_code ignored;
  // Renaming over a device or a pipe would destroy it (/dev/null, when root): written in place.
  if (fs::is_other(target, ignored)) {
    const Fd fd(::open(target.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid() && errno == ENXIO && fs::is_fifo(target, ignored))
      throw Error(ErrorKind::io,
                  str("cannot write ", printable(target.string()), ": it is a pipe that nobody reads"));
    if (!fd.valid()) fail_to_write(target);
    ::fcntl(fd.get(), F_SETFL, 0);  // there is a reader, who may be slow
    return write_all(fd.get(), bytes.data(), bytes.size(), target);
  }
  // A link stays a link: the file it names is replaced. One that names nothing is replaced itself.
  fs::path path = target;
  if (fs::is_symlink(target, ignored) && !fs::exists(target, ignored)) fs::remove(target, ignored);
  if (fs::is_symlink(target, ignored) && fs::exists(target, ignored)) path = fs::canonical(target, ignored);
  write_file_atomic(Inside{path.parent_path(), path.filename()}, bytes);
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    throw Error(ErrorKind::io,
                str("cannot make the folder ", printable(path.string()), ": ", error.message()));
}

std::uint64_t free_disk_bytes(const fs::path& path) {
  // The nearest ancestor that exists: the folder itself may not be there yet.
  std::error_code error;
  fs::path place = fs::absolute(path, error);
  while (!fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  struct statvfs info;
  if (::statvfs(place.c_str(), &info) != 0) fail(ErrorKind::io, "ask for the free space of", place, errno);
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

fs::path cache_folder() {
  auto env = [](const char* name) {
    const char* v = std::getenv(name);
    return std::string(v ? v : "");
  };
  if (const auto own = env("FACEGAN_CACHE"); !own.empty()) return own;
  // A relative one is to be ignored (XDG Base Directory Specification).
  if (const auto xdg = env("XDG_CACHE_HOME"); xdg.starts_with('/')) return fs::path(xdg) / "facegan";
  if (const auto home = env("HOME"); !home.empty()) return fs::path(home) / ".cache" / "facegan";
  std::error_code error;  // TMPDIR may name what is not there
  const fs::path temporary = fs::temp_directory_path(error),
                 folder = (error ? fs::path("/tmp") : temporary) / str("facegan-", ::geteuid());
  struct stat info {};
  ::mkdir(folder.c_str(), 0700);
  const bool is_own = ::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
                      info.st_uid == ::geteuid() && (info.st_mode & 022) == 0;
  if (is_own) return folder;
  static const std::string alone = [&] {
    std::string made = folder.string() + ".XXXXXX";
    return ::mkdtemp(made.data()) ? made : folder.string() + ".none";
  }();
  return alone;
}

}  // namespace facegan::core
