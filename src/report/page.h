#pragma once
// The style and the script that every page holds; neither depends on the run.

namespace facegan::report {

extern const char* const kPageStyle;
extern const char* const kPageScript;

}  // namespace facegan::report
