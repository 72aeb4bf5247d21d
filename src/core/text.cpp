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

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    if (lead < 0x80) continue;
    const int more = lead >= 0xC2 && lead < 0xE0   ? 1
                     : (lead & 0xF0) == 0xE0       ? 2
                     : lead >= 0xF0 && lead < 0xF5 ? 3
                                                   : 0;
    if (more == 0 || text.size() - at < static_cast<std::size_t>(more)) return false;
    // Overlong forms, surrogates and values above U+10FFFF show in the second byte.
    const auto second = static_cast<unsigned char>(text[at]);
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) return false;
    for (int i = 1; i < more; ++i)
      if ((static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]) & 0xC0) != 0x80) return false;
    at += static_cast<std::size_t>(more);
  }
  return true;
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

std::string printable(std::string_view text) {
  constexpr std::size_t kMax = 200;
  std::size_t size = std::min(text.size(), kMax);
  // Do not cut inside a UTF-8 character.
  while (size < text.size() && size > kMax - 4 && (text[size] & 0xc0) == 0x80) --size;
  const bool valid = is_utf8(text);
  std::string out;
  const auto add_hex = [&out](unsigned char c) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", c);
    out += hex;
  };
  for (std::size_t at = 0; at < size; ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const auto next = static_cast<unsigned char>(at + 1 < size ? text[at + 1] : 0);
    if (c < 0x20 || c == 0x7f || (!valid && c >= 0x80 && c < 0xA0)) {  // the latter as single bytes, too
      add_hex(c);
    } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {  // U+0080 to 9F: control characters, too
      add_hex(c), add_hex(next);
      ++at;
    } else {
      out += static_cast<char>(c);
    }
  }
  if (size < text.size()) out += "...";
  return out;
}

std::string fixed_text(double value, int digits) {
  char text[400];  // the largest double has 309 digits before the point
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string shell_quoted(std::string_view word) {
  const auto all = [&](auto is) { return std::all_of(word.begin(), word.end(), is); };
  const auto plain = [](unsigned char c) { return std::isalnum(c) || std::strchr("_-./:@%+=,", c); };
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (!word.empty() && all([&](unsigned char c) { return c != 0 && plain(c); })) return std::string(word);
  const bool shown = all([&](unsigned char c) { return !control(c); });
  std::string out = shown ? "'" : "$'";
  for (const char c : word) {
    if (control(static_cast<unsigned char>(c))) {
      char octal[8];
      std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(c));
      out += octal;
    } else if (shown) {
      out += c == '\'' ? "'\\''" : std::string(1, c);
    } else {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "'";
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

}  // namespace facegan::core
