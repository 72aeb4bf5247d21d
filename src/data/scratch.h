#pragma once
// Files without a name: gone when the program ends, however it ends.
#include <cstdint>
#include <filesystem>

#include "facegan/core/files.h"

namespace facegan::data {

struct Scratch {
  core::Fd fd;                   // open for reading and writing, empty
  std::filesystem::path folder;  // where it lies, for messages
  std::uint64_t free_bytes = 0;  // of its file system when it was made
};

// In the cache folder, or where that cannot be written in the temporary folder. Error(io) when neither can.
Scratch make_scratch();

// One that several archives write to, each behind the others; made by the first that needs it.
struct Spool {
  Scratch file;
  std::uint64_t written = 0;

  void open() {
    if (!file.fd.valid()) file = make_scratch();
  }
};

}  // namespace facegan::data
