#include "core/stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "facegan/core/clock.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"

namespace facegan::core {
namespace {

constexpr int kLook_ms = 100;
constexpr std::size_t kAtOnce = 512;  // a pipe that has room at all takes so much

bool has_room(int fd, int wait_ms) {
  struct pollfd asked {
    fd, POLLOUT, 0
  };
  // An error is room, too: the write tells of it.
  return ::poll(&asked, 1, wait_ms) > 0;
}

}  // namespace

// The stream may become another one while the program runs.
void ImpatientStream::look_at() {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return;
  if (known_ && info.st_dev == device_ && info.st_ino == inode_) return;
  known_ = true, device_ = info.st_dev, inode_ = info.st_ino;
  is_socket_ = S_ISSOCK(info.st_mode), is_file_ = S_ISREG(info.st_mode);
  rest_.clear(), stuck_ = false;
  own_ = Fd();
  if (S_ISFIFO(info.st_mode) || ::isatty(fd_) == 1)
    own_ = Fd(::open(str("/proc/self/fd/", fd_).c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

bool ImpatientStream::wait_for_room(double until_s) {
  const double left_s = until_s - now_s();
  stuck_ =
      stuck_ || !has_room(own_.get() >= 0 ? own_.get() : fd_, static_cast<int>(std::max(left_s, 0.0) * 1000));
  return !stuck_;
}

std::int64_t ImpatientStream::write_now(std::string_view text) {
  if (is_file_) return ::write(fd_, text.data(), text.size());
  if (is_socket_) return ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (own_.get() >= 0) return ::write(own_.get(), text.data(), text.size());
  if (!has_room(fd_, 0)) return errno = EAGAIN, -1;
  return ::write(fd_, text.data(), std::min(text.size(), kAtOnce));
}

std::size_t ImpatientStream::write_patiently(std::string_view text) {
  const double until_s = now_s() + patience_ms_ / 1000.0;  // in all, however slow a reader is
  std::size_t taken = 0;
  while (taken < text.size()) {
    const std::int64_t n = write_now(text.substr(taken));
    if (n > 0) {
      taken += static_cast<std::size_t>(n);
      stuck_ = false;
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else if (n == 0 || errno != EAGAIN || !wait_for_room(until_s)) {
      break;  // nobody reads, now or any more
    }
  }
  return taken;
}

bool ImpatientStream::write(std::string_view text) {
  look_at();
  rest_.erase(0, write_patiently(rest_));
  if (!rest_.empty()) return false;
  const std::size_t taken = write_patiently(text);
  if (taken > 0) rest_ = text.substr(taken);
  return taken > 0 || text.empty();
}

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    while (!has_room(fd, kLook_ms))
      if (stop_signal() != 0) return EAGAIN;
    const ssize_t n = ::write(fd, text.data(), std::min(text.size(), kAtOnce));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace facegan::core
