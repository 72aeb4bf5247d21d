#pragma once
// What stands in a file that a report has written.
#include <filesystem>
#include <string>

#include "facegan/core/error.h"
#include "facegan/core/files.h"

inline std::string text_of(const std::filesystem::path& path) {
  return facegan::core::read_file(path, 64 << 20, facegan::ErrorKind::io);
}

inline std::size_t count(const std::string& text, const std::string& what) {
  std::size_t times = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++times;
  return times;
}

inline bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}
