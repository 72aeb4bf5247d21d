#pragma once
// A standard stream that may lead to a terminal that is stopped (Ctrl-S) or to a pipe that nobody empties.
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "facegan/core/files.h"

namespace facegan::core {

// Never waits long: what nothing takes is dropped and counted. Not safe from several threads at once.
class ImpatientStream {
 public:
  explicit ImpatientStream(int fd, int patience_ms = 1000) : fd_(fd), patience_ms_(patience_ms) {}
  // All of the text (true), or nothing of it (false). Waits for a reader, once until it reads again. What a
  // reader took a part of is completed before anything else is written.
  bool write(std::string_view text);

 private:
  void look_at();
  bool wait_for_room(double until_s);
  // How much was taken at once; -1 with errno.
  std::int64_t write_now(std::string_view text);
  // How much was taken in the end.
  std::size_t write_patiently(std::string_view text);

  int fd_, patience_ms_;
  Fd own_;  // the same pipe or terminal, but writes do not wait: the flag would be that of everyone who has
            // fd_
  bool is_socket_ = false, is_file_ = false;
  ::dev_t device_ = 0;
  ::ino_t inode_ = 0;
  bool known_ = false;
  bool stuck_ = false;
  std::string rest_;  // of what a reader took a part of
};

// Waits as long as need be, but for a signal that asks the program to end. errno, 0 = all was written.
int write_all(int fd, std::string_view text);

}  // namespace facegan::core
