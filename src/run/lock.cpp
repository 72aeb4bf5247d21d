#include "facegan/run/lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"

namespace facegan::run {
namespace {

namespace fs = std::filesystem;
using core::printable;
using core::str;
constexpr int kLooks = 250;  // a millisecond apart: the holder of a look may have to wait for its turn

// "process 123 on host box", as the holder has written it.
std::string holder(int fd) {
  char text[128];
  const ssize_t n = ::pread(fd, text, sizeof text, 0);
  const std::string name(core::trim({text, static_cast<std::size_t>(n > 0 ? n : 0)}));
  return name.empty() ? "another process" : printable(name);
}

std::string own_name() {
  char host[65] = "";
  ::gethostname(host, sizeof host - 1);
  return str("process ", ::getpid(), " on host ", host, "\n");
}

}  // namespace

RunLock::RunLock(const fs::path& run) : run_(run), file_(file_in(run, kLockFile)) {
  while (!lock()) {
  }
  for (const char* folder : {"", kCheckpoints.name, kSamples.name}) core::remove_leftovers({run, folder});
}

// False when the file that was locked is not the one of that name any more: its holder has removed it.
bool RunLock::lock() {
  const std::string name = printable(run_.string());
  fd_ = core::open_for_writing(file_, O_RDWR);
  for (int looks = 0; ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0;) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK && ++looks < kLooks) {  // perhaps only lock_holder(), for a moment
      ::poll(nullptr, 0, 1);
      continue;
    }
    if (errno == EWOULDBLOCK)
      throw Error(ErrorKind::usage, str(name, " is in use: ", holder(fd_.get()),
                                        " trains in it; wait for its end, or stop it (kill -TERM saves)"));
    core::log_warning("the file system of ", name, " knows no locks (", std::strerror(errno),
                      "): do not start a second process in it");
    return true;
  }
  struct stat locked, named;
  if (::fstat(fd_.get(), &locked) != 0 || ::lstat(file_.path().c_str(), &named) != 0 ||
      locked.st_ino != named.st_ino || locked.st_dev != named.st_dev)
    return false;
  const std::string text = own_name();
  // Only for messages: a full disk is not in the way.
  if (::ftruncate(fd_.get(), 0) == 0) [[maybe_unused]]
    const auto n = ::pwrite(fd_.get(), text.data(), text.size(), 0);
  return true;
}

RunLock::~RunLock() {
  core::remove(file_);
}

std::optional<std::string> lock_holder(const fs::path& run) {
  const core::Inside file = file_in(run, kLockFile);
  if (!core::is_file(file)) return {};
  core::Fd fd;
  try {
    fd = core::open_for_reading(file, ErrorKind::io);
  } catch (const Error&) {  // gone meanwhile, or not for this user
    return {};
  }
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return holder(fd.get());
}

}  // namespace facegan::run
