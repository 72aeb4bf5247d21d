#pragma once
// A file that is read at any place from any thread. Of very many a process may not hold all open: those that
// come late are opened anew for each reading, and must still be the files that they were.
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <memory>

#include "facegan/core/files.h"

namespace facegan::data {

// Another number after each change of a file.
std::uint64_t stamp_of(const struct stat& file);

class StoredFile {
 public:
  static constexpr int kHeldOpen = 200;  // in a process: of 1,024 descriptors that are usual

  // Error(data) when it cannot be opened, or is no regular file.
  explicit StoredFile(std::filesystem::path path);
  // One that is open; name: for messages.
  StoredFile(core::Fd file, std::filesystem::path name);
  ~StoredFile();
  StoredFile(const StoredFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t stamp() const { return stamp_; }
  // Error(data) when the file is shorter; Error(io) when it is another one now, or gone.
  void read(void* out, std::size_t size, std::uint64_t offset) const;
  // For others that read on from its begin.
  core::Fd open_again() const;

 private:
  std::filesystem::path path_;
  core::Fd held_;  // invalid: others are held
  std::uint64_t size_ = 0, stamp_ = 0;
};

}  // namespace facegan::data
