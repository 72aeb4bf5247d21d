#include "facegan/report/last_metrics.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace facegan::report {
namespace {

using Json = nlohmann::json;
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

std::int64_t count_in(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_number_unsigned() && *found <= INT64_MAX
             ? found->get<std::int64_t>()
             : 0;
}

double value_in(const Json& line, const char* key) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto found = line.find(key);
  if (found == line.end()) return std::numeric_limits<double>::quiet_NaN();
  if (found->is_number()) return found->get<double>();
  return *found == "Infinity"    ? kInfinity
         : *found == "-Infinity" ? -kInfinity
                                 : std::numeric_limits<double>::quiet_NaN();
}

std::optional<Metrics> parse(std::string_view text) {
  const Json line = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!line.is_object() || !line.contains("step")) return {};
  return Metrics{.step = count_in(line, "step"),
                 .epoch = count_in(line, "epoch"),
                 .images = count_in(line, "images"),
                 .d_loss = value_in(line, "d_loss"),
                 .g_loss = value_in(line, "g_loss"),
                 .d_real = value_in(line, "d_real"),
                 .d_fake = value_in(line, "d_fake"),
                 .d_accuracy = value_in(line, "d_accuracy"),
                 .images_per_s = value_in(line, "images_per_s"),
                 .elapsed_s = value_in(line, "elapsed_s")};
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
    if (const auto found = parse(rest.substr(begin))) return found;
    rest = rest.substr(0, begin);
    if (begin == 0) break;
  }
  return {};
}

}  // namespace facegan::report
