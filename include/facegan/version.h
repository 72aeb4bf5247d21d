#pragma once

namespace facegan {
inline constexpr const char* kVersion = FACEGAN_VERSION;  // "0.1.0", set by CMake from project()
}
