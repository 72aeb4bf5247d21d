#pragma once
// One process at a time trains in a run folder. The lock ends with its process, however that ends.
#include <filesystem>
#include <optional>
#include <string>

#include "facegan/core/inside.h"

namespace facegan::run {

class RunLock {
 public:
  // Locks RUN/.lock, in which the process and its host are named, and removes the temporary files that
  // processes left which were killed. Error(usage) names the holder when there is one.
  explicit RunLock(const std::filesystem::path& run);
  ~RunLock();  // removes the file
  RunLock(const RunLock&) = delete;

 private:
  bool lock();

  std::filesystem::path run_;
  core::Inside file_;
  core::Fd fd_;
};

// Who holds the lock ("process 123 on host box"), if anybody does; writes nothing. Where locks cannot be
// looked at nobody seems to.
std::optional<std::string> lock_holder(const std::filesystem::path& run);

}  // namespace facegan::run
