#pragma once
// YAML text to a tree of nodes with lines. Stricter than YAML: no anchors, aliases or tags, no
// duplicate keys, nesting at most 32 levels, at most 1 MiB. Error(usage) says file:line.
#include <filesystem>
#include <string>

#include "facegan/spec/node.h"

namespace facegan::config {

spec::Node parse_yaml(const std::string& text, const std::string& name_for_messages);
spec::Node read_yaml_file(const std::filesystem::path& path);

}  // namespace facegan::config
