#pragma once
// For tests that run once for each preset.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "facegan/config/presets.h"

inline std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const auto& preset : facegan::config::presets()) names.push_back(preset.name);
  return names;
}

// As GoogleTest takes names: without hyphens.
inline std::string test_name_of(const testing::TestParamInfo<std::string>& preset) {
  std::string name = preset.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
