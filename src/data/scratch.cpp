#include "data/scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "facegan/core/text.h"

namespace facegan::data {

Scratch make_scratch() {
  std::error_code ignored;
  const std::filesystem::path folders[] = {core::cache_folder(),
                                           std::filesystem::temp_directory_path(ignored)};
  int error = 0;
  for (const auto& folder : folders) {
    if (folder.empty()) continue;  // TMPDIR names no folder
    std::filesystem::create_directories(folder, ignored);
    std::string name = (folder / "scratch.XXXXXX").string();
    core::Fd fd(::mkostemp(name.data(), O_CLOEXEC));
    error = errno;
    if (!fd.valid()) continue;
    ::unlink(name.c_str());
    return {std::move(fd), folder, core::free_disk_bytes(folder)};
  }
  throw Error(ErrorKind::io,
              core::str("cannot make a temporary file in ", core::printable(folders[0].string()), " or ",
                        folders[1].empty() ? "TMPDIR" : core::printable(folders[1].string()), ": ",
                        std::strerror(error), "; set FACEGAN_CACHE to a folder that can be written"));
}

}  // namespace facegan::data
