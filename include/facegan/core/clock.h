#pragma once
#include <chrono>

namespace facegan::core {

// Seconds of a clock that only goes forward, from any beginning.
inline double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace facegan::core
