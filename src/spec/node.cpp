#include "facegan/spec/node.h"

namespace facegan::spec {

Node::Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

const Node* Node::find(const std::string& key) const {
  for (const auto& [name, value] : entries)
    if (name == key) return &value;
  return nullptr;
}

std::string Node::where() const {
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

}  // namespace facegan::spec
