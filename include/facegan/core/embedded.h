#pragma once
// Files of the source tree that are compiled into the program, by facegan_embed of cmake/FaceganTargets.cmake.
#include <string>
#include <string_view>
#include <vector>

#include "facegan/core/error.h"

namespace facegan::core {

struct EmbeddedFile {
  const char* name;  // "faces.yaml"
  const char* text;
};

// The text of the one with this name; Error(internal) where there is none.
inline std::string_view text_of(const std::vector<EmbeddedFile>& files, std::string_view name) {
  for (const EmbeddedFile& file : files)
    if (name == file.name) return file.text;
  throw Error(ErrorKind::internal, "no embedded file " + std::string(name));
}

}  // namespace facegan::core
