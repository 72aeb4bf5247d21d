#pragma once
// The form of schedules and time limits, for the option table.
#include <string>

namespace facegan::config {

inline constexpr const char* kEveryForm = "a number of epochs (5) or a time (90s, 30m, 2h)";
inline constexpr const char* kTimeLimitForm = "a time (90s, 30m, 2h), or 0 for no limit";
bool is_every(const std::string& text);
bool is_time_limit(const std::string& text);

}  // namespace facegan::config
