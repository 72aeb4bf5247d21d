#pragma once
// What reads HEIC and AVIF: a library of the machine, which takes some milliseconds to load.
#include <string>

namespace facegan::image {

// "none" where it cannot be used. Loads it.
std::string heif_version();

}  // namespace facegan::image
