// Schedules and time spans as settings.
#include "config/every.h"

#include "facegan/config/config.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::config {
namespace {

constexpr std::int64_t kMaxEpochs = 1'000'000;

bool read_every(const std::string& text, Every& every) {
  if (core::parse_integer(text, every.epochs)) return every.epochs >= 1 && every.epochs <= kMaxEpochs;
  every.epochs = 0;
  return core::parse_time_span(text, every.seconds) && every.seconds > 0;
}

}  // namespace

bool is_every(const std::string& text) {
  Every every;
  return read_every(text, every);
}

bool is_time_limit(const std::string& text) {
  double seconds;
  return text == "0" || core::parse_time_span(text, seconds);
}

Every parse_every(const std::string& text) {
  Every every;
  if (!read_every(text, every))
    throw Error(ErrorKind::usage, core::str("'", core::printable(text), "' is not ", kEveryForm));
  return every;
}

double parse_time_limit(const std::string& text) {
  double seconds = 0;
  if (text != "0" && !core::parse_time_span(text, seconds))
    throw Error(ErrorKind::usage, core::str("'", core::printable(text), "' is not ", kTimeLimitForm));
  return seconds;
}

}  // namespace facegan::config
