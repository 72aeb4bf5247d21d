#include "facegan/run/metrics.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::run {
namespace {

std::string value_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return core::number_text(value);
}

// JSON has no numbers that are not finite.
std::string json_number(double value) {
  return std::isfinite(value) ? value_text(value) : '"' + value_text(value) + '"';
}

// Times are measured, not computed: digits below a millisecond are noise.
double milli(double value) {
  return std::round(value * 1000) / 1000;
}

double number(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  return value == "Infinity" ? HUGE_VAL : value == "-Infinity" ? -HUGE_VAL : std::nan("");
}

constexpr std::uint64_t kTailBytes = 64 << 10;

// The last bytes of a file.
std::string tail_of(const core::Inside& file) {
  const core::Fd fd = core::open_for_reading(file, ErrorKind::io);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return "";
  const auto size = static_cast<std::uint64_t>(info.st_size);
  std::string tail(std::min(size, kTailBytes), '\0');
  core::read_exactly_at(fd.get(), tail.data(), tail.size(), size - tail.size(), file.path(), ErrorKind::io);
  return tail;
}

}  // namespace

Metrics as_stored(Metrics m) {
  for (const auto metric : spec::metrics())
    if (metric.facts().by_the_clock && m.has(metric)) m.set(metric, milli(m[metric]));
  return m;
}

std::string metrics_json(const Metrics& metrics) {
  const Metrics m = as_stored(metrics);
  // By hand, for the order of the keys and the shortest exact numbers.
  std::string line = core::str("{\"step\":", m.step, ",\"epoch\":", m.epoch, ",\"images\":", m.images);
  for (const auto metric : spec::metrics())
    if (m.has(metric)) line += core::str(",\"", metric.facts().key, "\":", json_number(m[metric]));
  for (std::size_t i = 0; i < m.signs.size(); ++i)
    line += core::str(i == 0 ? ",\"signs\":[\"" : "\",\"", m.signs[i], i + 1 == m.signs.size() ? "\"]" : "");
  return line + "}";
}

std::optional<Metrics> parse_metrics(std::string_view line) {
  if (line.size() > kMaxMetricsLine) return {};
  const auto object = nlohmann::json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  const auto count = [&](const char* key) -> std::int64_t {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_unsigned()) return 0;
    return static_cast<std::int64_t>(std::min(found->get<std::uint64_t>(), std::uint64_t{1} << 53));
  };
  if (!object.is_object() || count("step") == 0) return {};
  Metrics m;
  m.step = count("step"), m.epoch = count("epoch"), m.images = count("images");
  for (const auto metric : spec::metrics()) {
    auto found = object.find(metric.facts().key);
    if (found == object.end() && !metric.facts().older.empty()) found = object.find(metric.facts().older);
    if (found != object.end()) m.set(metric, number(*found));
  }
  if (const auto signs = object.find("signs"); signs != object.end() && signs->is_array())
    for (const auto& sign : *signs)
      if (sign.is_string()) m.signs.push_back(sign.get<std::string>());
  return m;
}

std::string metrics_csv(const std::vector<Metrics>& rows) {
  std::vector<spec::MetricKey> columns;
  for (const auto metric : spec::metrics())
    if (std::any_of(rows.begin(), rows.end(), [&](const Metrics& m) { return m.has(metric); }))
      columns.push_back(metric);
  std::string out = "step,epoch,images";
  for (const auto metric : columns) out += core::str(',', metric.facts().key);
  out += '\n';
  for (const Metrics& m : rows) {
    out += core::str(m.step, ',', m.epoch, ',', m.images);
    for (const auto metric : columns) out += ',' + (m.has(metric) ? value_text(m[metric]) : "");
    out += '\n';
  }
  return out;
}

std::optional<Metrics> last_metrics(const core::Inside& file) {
  std::string tail;
  try {
    tail = tail_of(file);
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
