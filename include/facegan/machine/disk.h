#pragma once
// The disk under a folder.
#include <filesystem>
#include <string>

namespace facegan::machine {

struct FileSystem {
  std::string name;  // "NFS" and others over a network or by another process, "tmpfs"; "" = a local disk's
  bool in_memory = false;
};
FileSystem file_system(const std::filesystem::path& folder);  // which exists

// Bytes a second that a file takes which is on the disk at the end, by writing one of up to 16 MiB for about
// half a second; it has no name and leaves nothing. Error(io) when no file can be made there, with the
// reason.
double write_rate(const std::filesystem::path& folder);

}  // namespace facegan::machine
