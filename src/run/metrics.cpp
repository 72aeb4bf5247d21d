#include "facegan/run/metrics.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::run {
namespace {

std::string json_number(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  return core::number_text(value);
}

// Times are measured, not computed: digits below a millisecond are noise.
double milli(double value) {
  return std::round(value * 1000) / 1000;
}

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

std::string metrics_json(const Metrics& m) {
  // By hand, for the order of the keys and the shortest exact numbers.
  return core::str("{\"step\":", m.step, ",\"epoch\":", m.epoch, ",\"images\":", m.images,
                   ",\"d_loss\":", json_number(m.d_loss), ",\"g_loss\":", json_number(m.g_loss),
                   ",\"d_real\":", json_number(m.d_real), ",\"d_fake\":", json_number(m.d_fake),
                   ",\"d_accuracy\":", json_number(m.d_accuracy),
                   ",\"images_per_s\":", json_number(milli(m.images_per_s)),
                   ",\"elapsed_s\":", json_number(milli(m.elapsed_s)),
                   ",\"d_accuracy_real\":", json_number(m.d_accuracy_real),
                   ",\"d_accuracy_fake\":", json_number(m.d_accuracy_fake), "}");
}

std::optional<Metrics> parse_metrics(std::string_view line) {
  const auto object = nlohmann::json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  const auto count = [&](const char* key) -> std::int64_t {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_unsigned()) return 0;
    return static_cast<std::int64_t>(std::min(found->get<std::uint64_t>(), std::uint64_t{1} << 53));
  };
  const auto number = [&](const char* key, double fallback = NAN) {
    const auto found = object.find(key);
    if (found == object.end()) return fallback;
    if (found->is_number()) return found->get<double>();
    return *found == "Infinity" ? HUGE_VAL : *found == "-Infinity" ? -HUGE_VAL : std::nan("");
  };
  if (!object.is_object() || count("step") == 0) return {};
  const double accuracy = number("d_accuracy");
  return Metrics{.step = count("step"),
                 .epoch = count("epoch"),
                 .images = count("images"),
                 .d_loss = number("d_loss"),
                 .g_loss = number("g_loss"),
                 .d_real = number("d_real"),
                 .d_fake = number("d_fake"),
                 .d_accuracy = accuracy,
                 .images_per_s = number("images_per_s"),
                 .elapsed_s = number("elapsed_s"),
                 .d_accuracy_real = number("d_accuracy_real", accuracy),
                 .d_accuracy_fake = number("d_accuracy_fake", accuracy)};
}

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

}  // namespace facegan::run
