#pragma once
// The control groups that the process is in.
#include <filesystem>
#include <string>
#include <vector>

namespace facegan::machine {

struct ControlGroup {
  std::filesystem::path folder;
  bool v2 = true;  // version 1 has files of other names
};
// All that bind it for a controller ("memory", "cpu", "pids"): the group and those above it, up to the mount.
// root: of the file system.
std::vector<ControlGroup> control_groups(const std::filesystem::path& root, const std::string& controller);

}  // namespace facegan::machine
