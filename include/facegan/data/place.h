#pragma once
// What --data names, before anything of it is opened.
#include <filesystem>

namespace facegan::data {

// Whether there is a file or folder of this name, or one that it matches as a pattern.
bool names_something(const std::filesystem::path& data);

}  // namespace facegan::data
