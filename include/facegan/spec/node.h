#pragma once
// A piece of configuration text as a tree, without the library that read it. Every node knows where
// it came from, so that an error can say file and line.
#include <string>
#include <utility>
#include <vector>

namespace facegan::spec {

struct Node {
  enum class Kind { null, scalar, sequence, map };
  Kind kind = Kind::null;
  std::string text;                                   // scalar
  bool quoted = false;                                // scalar: was it written in quotes
  std::vector<Node> items;                            // sequence
  std::vector<std::pair<std::string, Node>> entries;  // map, in file order, keys unique
  std::string file;                                   // "configs/dcgan.yaml"
  int line = 0;                                       // from 1; 0 = unknown

  // In node.cpp, where a Node is complete: clang 14 cannot make those of a pair that holds one here.
  Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  const Node* find(const std::string& key) const;
  // "file:line" or "file".
  std::string where() const;
};

}  // namespace facegan::spec
