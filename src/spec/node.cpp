#include "facegan/spec/node.h"

namespace facegan::spec {

const Node* Node::find(const std::string& key) const {
  for (const auto& [name, value] : entries)
    if (name == key) return &value;
  return nullptr;
}

std::string Node::where() const {
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

}  // namespace facegan::spec
