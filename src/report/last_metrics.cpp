#include "facegan/report/last_metrics.h"

#include <sys/stat.h>

#include <algorithm>

namespace facegan::report {
namespace {

constexpr std::uint64_t kTailBytes = 64 << 10;

// The last bytes of a file.
std::string tail_of(const std::filesystem::path& path) {
  const core::Fd fd = core::open_for_reading(path, ErrorKind::io);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return "";
  const auto size = static_cast<std::uint64_t>(info.st_size);
  std::string tail(std::min(size, kTailBytes), '\0');
  core::read_exactly_at(fd.get(), tail.data(), tail.size(), size - tail.size(), path, ErrorKind::io);
  return tail;
}

}  // namespace

std::optional<Metrics> last_metrics(const std::filesystem::path& path) {
  std::string tail;
  try {
    tail = tail_of(path);
  } catch (const Error&) {
    return {};
  }
  std::string_view rest = tail;
  while (!rest.empty()) {
    rest.remove_suffix(rest.size() - std::min(rest.size(), rest.rfind('\n')));  // a line that is not whole
    const auto begin = rest.rfind('\n') + 1;                                    // npos + 1 = 0
    if (const auto found = parse_metrics(rest.substr(begin))) return found;
    rest = rest.substr(0, begin);
    if (begin == 0) break;
  }
  return {};
}

}  // namespace facegan::report
