#pragma once
// Files that are complete or not there. All failures are Error(io) with path and reason,
// unless a function says otherwise; what may pass by itself (no more descriptors, no memory, a disk or
// network that fails) is so, whatever kind a caller has named.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "facegan/core/error.h"

namespace facegan::core {

namespace fs = std::filesystem;

// An open file descriptor, closed at the end of its life.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void release() { fd_ = -1; }  // another closes it

 private:
  int fd_ = -1;
};

// Opens for reading (close-on-exec; refuses anything but a regular file). errno is in the message.
// `kind` decides the exit code: an unreadable config is usage, an unreadable picture is data.
Fd open_for_reading(const fs::path& path, ErrorKind kind);
// Reads exactly size bytes at offset; Error(kind) when the file is shorter.
void read_exactly_at(int fd, void* out, std::size_t size, std::uint64_t offset, const fs::path& path,
                     ErrorKind kind);
// The whole file; Error(kind) when it cannot be read or is larger than max_bytes.
std::string read_file(const fs::path& path, std::uint64_t max_bytes, ErrorKind kind);
// The same of what may be a pipe or a terminal, to its end: /dev/stdin, <(...).
std::string read_input(const fs::path& path, std::uint64_t max_bytes, ErrorKind kind);

// Writes all bytes, retrying short writes and EINTR.
void write_all(int fd, const void* data, std::size_t size, const fs::path& path);
// Writes them to the end of the file; where that fails, takes away what of them was written.
void append_all(int fd, std::string_view bytes, const fs::path& path);
// Of a file that is open; as read_file.
std::string read_open_file(const Fd& fd, const fs::path& path, std::uint64_t max_bytes, ErrorKind kind);
// What opening and writing it gives, by errno: Error(kind), Error(io).
[[noreturn]] void fail_to_open(const fs::path& path, ErrorKind kind);
[[noreturn]] void fail_to_write(const fs::path& path);

// Temporary file beside `path`, checked writes, fsync, rename, fsync of the folder.
// The old file stays whole until the new one is complete; the temporary is removed on failure.
// Links are followed; a device or a pipe is written in place.
void write_file_atomic(const fs::path& target, std::string_view bytes);

// Makes a folder and its parents.
void make_folder(const fs::path& path);

// Bytes that an unprivileged process may still write to the file system of `path`.
std::uint64_t free_disk_bytes(const fs::path& path);

// $FACEGAN_CACHE, else $XDG_CACHE_HOME/facegan, else ~/.cache/facegan, else facegan-UID in the temporary
// folder, which is made for this user alone; where others can write to that, a new folder of this process.
fs::path cache_folder();

}  // namespace facegan::core
