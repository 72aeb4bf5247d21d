#include "facegan/machine/disk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "facegan/core/clock.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::machine {
namespace {

struct Kind {
  std::uint32_t magic;  // statfs(2)
  const char* name;
  bool in_memory;
};
constexpr Kind kKinds[] = {
    {0x6969, "NFS", false},        {0x517b, "SMB", false},      {0xfe534d42, "SMB", false},
    {0xff534d42, "CIFS", false},   {0x01021997, "9P", false},   {0x65735546, "FUSE", false},
    {0x0bd00bd0, "Lustre", false}, {0x47504653, "GPFS", false}, {0x19830326, "BeeGFS", false},
    {0x00c36400, "Ceph", false},   {0x5346414f, "AFS", false},  {0x01021994, "tmpfs", true},
    {0x858458f6, "ramfs", true},
};

// Bytes that no file system makes smaller.
std::vector<std::uint64_t> noise(std::size_t bytes) {
  std::vector<std::uint64_t> words(bytes / 8);
  std::uint64_t x = 0x9e3779b97f4a7c15;
  for (auto& word : words) x ^= x << 13, x ^= x >> 7, x ^= x << 17, word = x;
  return words;
}

}  // namespace

FileSystem file_system(const std::filesystem::path& folder) {
  struct statfs info;
  if (::statfs(folder.c_str(), &info) != 0) return {};
  for (const Kind& kind : kKinds)
    if (kind.magic == static_cast<std::uint32_t>(info.f_type)) return {kind.name, kind.in_memory};
  return {};
}

double write_rate(const std::filesystem::path& folder) {
  const auto fail = [&] {
    throw Error(ErrorKind::io, core::str("no file can be written in ", core::printable(folder.string()), ": ",
                                         std::strerror(errno)));
  };
  std::string name = (folder / ".facegan.XXXXXX").string();
  const core::Fd fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd.valid()) fail();
  ::unlink(name.c_str());
  constexpr std::size_t kMost = 16 << 20, kLargest = 4 << 20;
  const auto bytes = noise(kLargest);
  const double start = core::now_s();
  double passed = 0;
  std::size_t written = 0;
  // Small parts first: a slow disk must not take long.
  for (std::size_t part = 256 << 10; written < kMost && passed < 0.5;
       part = std::min({2 * part, kLargest, kMost - written})) {
    for (std::size_t at = 0; at < part;) {
      const ssize_t n = ::write(fd.get(), reinterpret_cast<const char*>(bytes.data()) + at, part - at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == ENOSPC) return passed > 0 ? static_cast<double>(written) / passed : 0;
      if (n < 0) fail();
      at += static_cast<std::size_t>(n);
    }
    // Some file systems cannot sync (EINVAL).
    if (::fsync(fd.get()) != 0 && errno != EINVAL) fail();
    written += part;
    passed = std::max(core::now_s() - start, 1e-9);
  }
  return static_cast<double>(written) / passed;
}

}  // namespace facegan::machine
