#pragma once
// Text for messages: joining values, numbers for people, the nearest known name.
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::core {

// str("batch ", 3, " of ", n) - every argument through operator<<.
template <class... Args>
std::string str(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}

std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
// A-Z as a-z; other bytes stay.
std::string lower_case(std::string_view text);

// 3578624 -> "3,578,624".
std::string with_thousands(std::int64_t value);
// 1536 -> "1.5 KiB"; 42 -> "42 B".
std::string human_bytes(std::uint64_t bytes);
// 3725.2 -> "1h 02m"; 75 -> "1m 15s"; 4.25 -> "4.2s".
std::string human_seconds(double seconds);

// The shortest text that reads back as the same double ("0.0002", "1e-08").
std::string number_text(double value);
// With so many digits after the point: "0.50".
std::string fixed_text(double value, int digits);
// "1.2M", "35k", "0.25": at most four characters of digits.
std::string short_number(double value);

// A name or value from outside made safe to show: what is not UTF-8 and control characters become \xNN, other
// characters that do not show, or turn the direction of writing, \u{N}; cut at so many bytes.
std::string printable(std::string_view text, std::size_t most_bytes = 200);
// A text between double quotes in YAML: \" and \\, and what does not show as \xNN, \uNNNN or \UNNNNNNNN.
std::string yaml_escaped(std::string_view text);
// Whether printable() would change nothing but its length.
bool shows_as_it_is(std::string_view text);

// A word that sh, bash, dash, zsh and fish all read back as the same bytes; as it is where it may be. "" for
// one that does not show as it is, which nobody should paste.
std::string shell_quoted(std::string_view word);

// Whether text is well-formed UTF-8 (RFC 3629), as YAML and JSON demand.
bool is_utf8(std::string_view text);

// The known name with the smallest edit distance, or "" when none is near enough to offer.
std::string nearest(std::string_view name, const std::vector<std::string>& known);
// ", did you mean 'x'?" or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

// Strict whole-text parsing; false when text is anything but one number in range.
// Integers are decimal only: "010", "0x10" and "1e3" are refused.
bool parse_integer(std::string_view text, std::int64_t& value);
bool parse_real(std::string_view text, double& value);

// "90s", "30m", "2h" -> seconds; false for anything else.
bool parse_time_span(std::string_view text, double& seconds);

// Text of any origin as HTML text or as a quoted attribute: no markup, no control characters, valid UTF-8.
std::string escape_html(std::string_view text);

}  // namespace facegan::core
