#include "machine/control_groups.h"

#include <algorithm>
#include <fstream>

#include "facegan/core/text.h"

namespace facegan::machine {

std::vector<ControlGroup> control_groups(const std::filesystem::path& root, const std::string& controller) {
  std::vector<ControlGroup> out;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // ID:CONTROLLERS:GROUP, version 2 has no controllers
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const bool v2 = second == first + 1;
    const auto controllers = core::split(line.substr(first + 1, second - first - 1), ',');
    if (!v2 && std::find(controllers.begin(), controllers.end(), controller) == controllers.end()) continue;
    const auto mount = v2 ? root / "sys/fs/cgroup" : root / "sys/fs/cgroup" / controller;
    // In a container the group may be named as the host sees it: then only the mount is there.
    const std::filesystem::path group(line.substr(second + 1));
    for (auto at = group.relative_path(); !at.empty(); at = at.parent_path()) out.push_back({mount / at, v2});
    out.push_back({mount, v2});
  }
  return out;
}

}  // namespace facegan::machine
