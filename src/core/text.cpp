#include "facegan/core/text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace facegan::core {

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i) out += separator;
    out += parts[i];
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string with_thousands(std::int64_t value) {
  std::string digits = std::to_string(value);
  for (int i = static_cast<int>(digits.size()) - 3; i > (value < 0 ? 1 : 0); i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return str(bytes, " B");
  static const char* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  int unit = 0;
  while (value >= 1023.95 && unit < 5) value /= 1024, ++unit;
  char out[32];
  std::snprintf(out, sizeof out, "%.1f %s", value, units[unit]);
  return out;
}

std::string human_seconds(double seconds) {
  char out[64];
  if (!(seconds >= 0 && seconds < 1e12)) return "?";
  if (seconds < 59.95) {
    std::snprintf(out, sizeof out, "%.1fs", seconds);
    return out;
  }
  const auto s = static_cast<long long>(std::llround(seconds));
  if (s < 3600)
    std::snprintf(out, sizeof out, "%lldm %02llds", s / 60, s % 60);
  else if (s < 86400)
    std::snprintf(out, sizeof out, "%lldh %02lldm", s / 3600, s / 60 % 60);
  else
    std::snprintf(out, sizeof out, "%lldd %02lldh", s / 86400, s / 3600 % 24);
  return out;
}

std::string number_text(double value) {
  char out[40];
  const double size = std::abs(value);
  const bool plain = value == 0 || (size >= 1e-4 && size < 1e15);  // else to_chars makes 0.0002 to 2e-04
  const auto result = plain ? std::to_chars(out, out + sizeof out, value, std::chars_format::fixed)
                            : std::to_chars(out, out + sizeof out, value);
  return std::string(out, result.ptr);
}

std::string short_number(double value) {
  const double size = std::abs(value);
  const auto digits = [](double scaled, const char* unit) {
    char out[48];
    std::snprintf(out, sizeof out, "%.3g%s", scaled, unit);
    return std::string(out);
  };
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (size >= 999.5e9) return digits(value, "");
  if (size >= 999.5e6) return digits(value / 1e9, "G");
  if (size >= 999.5e3) return digits(value / 1e6, "M");
  if (size >= 9999.5) return digits(value / 1e3, "k");
  if (size >= 999.5) return str(std::llround(value));
  return digits(value, "");
}

std::string fixed_text(double value, int digits) {
  char text[400];  // the largest double has 309 digits before the point
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

namespace {
// Levenshtein distance with a swap of neighbours counted as one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}
}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& known) {
  if (name.size() > 64) return "";
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const auto& candidate : known) {
    std::size_t d = edit_distance(name, candidate);
    if (name.size() >= 3 && candidate.starts_with(name)) d = std::min<std::size_t>(d, 1);
    if (d < best_distance && d < std::max(name.size(), candidate.size())) best = candidate, best_distance = d;
  }
  return best;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const std::string best = nearest(name, known);
  return best.empty() ? "" : str(", did you mean '", best, "'?");
}

bool parse_integer(std::string_view text, std::int64_t& value) {
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.size() > 1 && digits[0] == '0') return false;  // 010 reads as 8 elsewhere
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && !text.empty();
}

bool parse_real(std::string_view text, double& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && std::isfinite(value);
}

bool parse_time_span(std::string_view text, double& seconds) {
  if (text.size() < 2) return false;
  const char unit = text.back();
  double value;
  if (!parse_real(text.substr(0, text.size() - 1), value) || value < 0) return false;
  if (unit != 's' && unit != 'm' && unit != 'h') return false;
  seconds = value * (unit == 's' ? 1 : unit == 'm' ? 60 : 3600);
  return true;
}

std::string escape_html(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  const bool valid = is_utf8(text);
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f || (byte >= 0x80 && !valid))
      out += kReplacement;
    else
      out += c;
  }
  return out;
}

}  // namespace facegan::core
